include:
  - not.there
  - one
own: 1
