a:
  test.nop: []
  test.nop: []
