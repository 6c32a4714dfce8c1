nodegroup nested:
  test.nop
