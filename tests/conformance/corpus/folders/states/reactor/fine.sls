sync all:
  test.nop
