base:
  '*':
    - order: '10'
    - one
  'web*':
    - order: 9
    - two
  '*.example.com':
    - three
