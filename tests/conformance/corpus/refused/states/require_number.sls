a:
  test.nop:
    - require: [5]
