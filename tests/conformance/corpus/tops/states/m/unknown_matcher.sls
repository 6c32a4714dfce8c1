unknown matcher:
  test.nop
