base:
  '*':
    - web.*
    - web*
    - plain
