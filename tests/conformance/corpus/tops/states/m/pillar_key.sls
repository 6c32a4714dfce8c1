pillar key:
  test.nop
