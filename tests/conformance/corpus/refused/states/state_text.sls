a:
  test.nop: text
