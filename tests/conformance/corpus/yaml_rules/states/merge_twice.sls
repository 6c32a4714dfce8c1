a:
  test.nop:
    - one: &one {a: 1}
    - merged: {<<: *one, <<: *one}
