a:
  test.nop:
    - v: !local x
