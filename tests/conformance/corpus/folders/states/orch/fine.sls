deploy {{ pillar.web.port }}:
  test.nop
