base:
  '*':
    - more
dev:
  '*':
    - own
