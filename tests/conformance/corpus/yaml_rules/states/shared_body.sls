a: &body
  test.nop:
    - x: 1
b: *body
