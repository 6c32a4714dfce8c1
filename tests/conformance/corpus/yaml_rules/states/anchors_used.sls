defaults: &defaults
  test.nop:
    - x: &x [1, 2]
    - y: *x
other:
  test.nop:
    - z: {k: [*x2]}
