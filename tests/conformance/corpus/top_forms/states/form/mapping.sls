base:
  '*':
    plain: other
