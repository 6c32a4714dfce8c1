a:
  test.nop:
    - one: &one {a: 1}
    - two: &two {a: 2}
    - merged: {<<: [*one, *two]}
