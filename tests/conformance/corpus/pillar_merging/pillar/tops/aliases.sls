base:
  '*':
    - aliases
