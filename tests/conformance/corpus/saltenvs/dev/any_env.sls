include:
  - _xenv: common
mine any: test.nop
