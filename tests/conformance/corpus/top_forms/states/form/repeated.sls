base:
  '*':
    - plain
    - plain
  'web*':
    - plain
    - other
