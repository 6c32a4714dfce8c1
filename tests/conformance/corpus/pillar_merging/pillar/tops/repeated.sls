base:
  '*':
    - one
    - two
    - one
  'web*':
    - one
