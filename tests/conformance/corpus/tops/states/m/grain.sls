grain:
  test.nop
