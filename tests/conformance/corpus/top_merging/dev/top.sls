base:
  '*':
    - dev_says
  'db*':
    - web
dev:
  '*':
    - dev_own
  'web*':
    - web
qa:
  '*':
    - from_dev
