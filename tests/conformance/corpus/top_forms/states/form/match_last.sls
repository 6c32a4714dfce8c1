base:
  'roles:web':
    - plain
    - match: grain
    - other
