base:
  '*':
    - plain
    -
