compound e:
  test.nop
