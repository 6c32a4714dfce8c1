compound j:
  test.nop
