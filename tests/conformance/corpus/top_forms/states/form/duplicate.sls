base:
  '*':
    - plain
  '*':
    - other
