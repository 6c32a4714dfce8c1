base:
  'scalar:one':
    - match: pillar
    - one
  '*':
    - two
