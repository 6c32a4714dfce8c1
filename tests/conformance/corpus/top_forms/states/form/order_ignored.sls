base:
  'web*':
    - order: 5
    - other
  '*':
    - order: 1
    - plain
