pcre:
  test.nop
