nodegroup words:
  test.nop
