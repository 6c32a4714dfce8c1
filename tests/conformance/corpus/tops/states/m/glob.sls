glob:
  test.nop
