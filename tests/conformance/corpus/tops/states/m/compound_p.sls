compound p:
  test.nop
