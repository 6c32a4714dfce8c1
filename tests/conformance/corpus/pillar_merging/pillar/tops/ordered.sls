base:
  '*':
    - order: 2
    - one
  'web*':
    - order: 1
    - two
