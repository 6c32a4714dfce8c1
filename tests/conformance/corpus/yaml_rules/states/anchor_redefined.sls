a:
  test.nop:
    - v: [&n 1, *n, &n 2, *n]
