compound broken:
  test.nop
