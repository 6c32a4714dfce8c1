a:
  test.nop:
    - one: &one {a: 1}
    - v: {<<: *one, b: 1, b: 2}
