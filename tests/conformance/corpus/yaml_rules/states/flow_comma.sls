a:
  test.nop:
    - v: [a, b,]
    - w: {a: 1,}
    - x: [a b, c d]
