base:
  '*':
    - inc_twice
    - one
