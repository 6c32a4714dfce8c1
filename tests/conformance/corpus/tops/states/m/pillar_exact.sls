pillar exact:
  test.nop
