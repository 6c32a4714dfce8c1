a:
  test.nop:
    - v: [yes, No, ON, off, true, False, y, n, Y, TRUE, oN, tRue]
    - w: {yes: 1, off: 2}
