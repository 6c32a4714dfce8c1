base:
  '*':
    - json
