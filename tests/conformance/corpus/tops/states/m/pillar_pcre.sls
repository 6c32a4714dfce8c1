pillar pcre:
  test.nop
