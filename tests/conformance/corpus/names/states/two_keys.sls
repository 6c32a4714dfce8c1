a:
  test.nop:
    - {one: 1, two: 2}
