base:
  '*':
    - parts.*
    - t*
