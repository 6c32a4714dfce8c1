base:
  '*':
    - common
dev:
  'web*':
    - common
