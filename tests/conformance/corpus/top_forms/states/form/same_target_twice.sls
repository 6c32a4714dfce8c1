base:
  '*':
    - plain
dev:
  '*':
    - plain
