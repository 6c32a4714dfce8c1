nodegroup list:
  test.nop
