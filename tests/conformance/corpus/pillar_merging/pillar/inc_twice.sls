include:
  - one
  - one
scalar: twice
