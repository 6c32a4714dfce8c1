base:
  'roles:web':
    - match: grain
    - match: pillar
    - other
