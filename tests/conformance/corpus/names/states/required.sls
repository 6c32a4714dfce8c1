user:
  test.nop:
    - require: [{test: b}]
many:
  test.nop:
    - names: [c, b, a]
