base:
  '*':
    - inc_missing
