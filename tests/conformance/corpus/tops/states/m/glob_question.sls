glob question:
  test.nop
