compound parens:
  test.nop
