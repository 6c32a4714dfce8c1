nodegroup:
  test.nop
