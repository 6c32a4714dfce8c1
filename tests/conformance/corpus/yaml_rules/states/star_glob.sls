a:
  test.nop:
    - v: *glob*
