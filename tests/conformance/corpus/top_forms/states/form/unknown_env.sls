base:
  '*':
    - plain
nowhere:
  '*':
    - other
