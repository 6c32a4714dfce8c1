include:
  - base: common
common: test.nop
