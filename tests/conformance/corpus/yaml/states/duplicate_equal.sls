a:
  test.nop:
    - x: {1: a, true: b}
