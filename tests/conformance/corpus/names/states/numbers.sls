many:
  test.nop:
    - names: [1, two, 3.5, true]
