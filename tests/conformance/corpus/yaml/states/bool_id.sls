yes:
  test.nop
