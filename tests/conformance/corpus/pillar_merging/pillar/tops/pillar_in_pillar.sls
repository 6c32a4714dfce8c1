base:
  '*':
    - one
    - looks
