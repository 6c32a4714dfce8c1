a:
  test.nop:
    - require:
