base:
  '*':
    - ignore_missing: true
    - not.there
    - one
