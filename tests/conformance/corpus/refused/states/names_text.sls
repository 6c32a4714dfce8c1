a:
  test.nop:
    - names: one
