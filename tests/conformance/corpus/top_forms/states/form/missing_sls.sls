base:
  '*':
    - plain
    - not.there
