compound n:
  test.nop
