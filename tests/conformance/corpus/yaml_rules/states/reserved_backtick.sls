a:
  test.nop:
    - v: `x`
