compound i:
  test.nop
