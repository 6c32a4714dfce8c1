a:
  test.nop:
    - v: a: b
