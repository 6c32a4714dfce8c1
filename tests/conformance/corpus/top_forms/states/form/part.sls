base:
  'web*':
    - other
