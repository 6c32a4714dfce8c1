list:
  test.nop
