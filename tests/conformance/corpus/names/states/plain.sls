many:
  test.nop:
    - names: [c, a, b, a]
