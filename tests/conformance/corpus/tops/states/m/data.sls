data:
  test.nop
