compound g:
  test.nop
