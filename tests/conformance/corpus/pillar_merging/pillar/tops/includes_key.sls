base:
  '*':
    - inc_key
