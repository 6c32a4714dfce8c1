user:
  test.nop:
    - require: [{test: many}]
many:
  test.nop:
    - names: [c, b, a]
