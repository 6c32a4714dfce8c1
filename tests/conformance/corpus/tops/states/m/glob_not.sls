glob not:
  test.nop
