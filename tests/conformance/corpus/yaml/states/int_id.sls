80:
  test.nop
