base:
  '*':
    - match:
    - plain
