base:
  '*':
    - py
    - two
