all:
  test.nop
