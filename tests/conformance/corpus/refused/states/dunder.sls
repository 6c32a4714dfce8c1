__a: test.nop
b:
  __x: 1
  test.nop: []
