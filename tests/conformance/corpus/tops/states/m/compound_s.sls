compound s:
  test.nop
