grain nested:
  test.nop
