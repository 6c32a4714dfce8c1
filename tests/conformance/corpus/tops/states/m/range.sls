range:
  test.nop
