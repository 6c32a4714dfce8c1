base:
  '*': []
  'web*':
    - other
