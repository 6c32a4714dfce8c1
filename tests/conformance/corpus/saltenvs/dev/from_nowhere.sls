include:
  - qa: common
mine: test.nop
