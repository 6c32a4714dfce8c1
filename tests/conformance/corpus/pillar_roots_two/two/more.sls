include:
  - web
more {{ pillar.a }} {{ pillar.b }}: test.nop
