1:
  '*':
    - plain
