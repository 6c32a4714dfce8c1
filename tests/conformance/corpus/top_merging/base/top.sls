base:
  '*':
    - common
  'web*':
    - web
dev:
  '*':
    - from_base
