pcre anchored:
  test.nop
