include:
  - _xenv: second
mine own: test.nop
