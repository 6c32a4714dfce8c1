'':
  '*':
    - plain
