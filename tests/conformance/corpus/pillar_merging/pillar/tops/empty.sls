base:
  '*':
    - empty
    - comment
