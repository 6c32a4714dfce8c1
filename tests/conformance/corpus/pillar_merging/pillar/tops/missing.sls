base:
  '*':
    - not.there
    - one
