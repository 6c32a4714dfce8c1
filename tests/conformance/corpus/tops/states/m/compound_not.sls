compound not:
  test.nop
