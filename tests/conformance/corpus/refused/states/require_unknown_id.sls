a:
  test.nop:
    - require: [nowhere]
