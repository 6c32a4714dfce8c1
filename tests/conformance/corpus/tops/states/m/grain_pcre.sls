grain pcre:
  test.nop
