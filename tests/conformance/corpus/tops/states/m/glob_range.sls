glob range:
  test.nop
