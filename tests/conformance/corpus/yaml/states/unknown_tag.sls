a:
  test.nop:
    - x: !foo bar
