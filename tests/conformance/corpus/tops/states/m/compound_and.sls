compound and:
  test.nop
