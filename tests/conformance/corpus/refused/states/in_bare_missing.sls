a:
  test.nop:
    - require_in: [nowhere]
