base:
  '*':
    - web
  group:
    - match: nodegroup
    - never
  'web* and not N@group':
    - packages
