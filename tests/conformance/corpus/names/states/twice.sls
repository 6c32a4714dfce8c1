many:
  test.nop:
    - names: [a, b]
    - names: [b, c]
