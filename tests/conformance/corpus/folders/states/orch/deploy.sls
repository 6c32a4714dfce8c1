deploy {{ target }}:
  test.nop
