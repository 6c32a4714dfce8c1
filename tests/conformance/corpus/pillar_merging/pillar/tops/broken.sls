base:
  '*':
    - one
    - broken
    - undefined
    - list
    - two
