include:
  - common
mine: test.nop
