a:
  test.nop:
    - one: &one {a: 1, b: 2}
    - two: &two {c: 3}
    - merged: {<<: [*one, *two], d: 4}
    - over: {<<: *one, a: own}
    - order: {z: 0, <<: *two}
