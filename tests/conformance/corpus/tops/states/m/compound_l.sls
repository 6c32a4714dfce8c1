compound l:
  test.nop
