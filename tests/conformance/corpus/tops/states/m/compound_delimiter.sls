compound delimiter:
  test.nop
