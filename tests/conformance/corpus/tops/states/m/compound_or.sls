compound or:
  test.nop
