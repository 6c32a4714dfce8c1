grain glob:
  test.nop
