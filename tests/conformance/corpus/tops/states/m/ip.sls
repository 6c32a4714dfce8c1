ip:
  test.nop
