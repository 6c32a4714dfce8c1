a:
  test.nop:
    - v: "a
