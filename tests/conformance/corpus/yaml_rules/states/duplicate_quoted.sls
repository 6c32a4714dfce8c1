a:
  test.nop:
    - v: {1: a, '1': b}
