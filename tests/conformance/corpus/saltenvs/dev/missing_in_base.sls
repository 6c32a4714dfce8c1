include:
  - base: not_there
mine: test.nop
