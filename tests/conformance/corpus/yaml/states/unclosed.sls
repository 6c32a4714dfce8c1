a:
  test.nop:
    - x: "unclosed
