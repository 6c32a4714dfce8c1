base:
  '*':
    - deep
