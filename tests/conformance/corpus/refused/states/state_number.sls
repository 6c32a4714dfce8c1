a:
  test.nop: 5
