a:
  test.nop:
    - v: [~, null, Null, NULL, nULL, , '']
    - w:
    - x: ''
