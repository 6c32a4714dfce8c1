base:
  '*':
    - 7
