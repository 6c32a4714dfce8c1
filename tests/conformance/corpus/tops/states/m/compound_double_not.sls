compound double not:
  test.nop
