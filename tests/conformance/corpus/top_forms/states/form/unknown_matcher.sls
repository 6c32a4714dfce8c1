base:
  'web*':
    - match: astrology
    - other
  '*':
    - plain
