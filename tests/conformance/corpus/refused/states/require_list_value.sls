a:
  test.nop:
    - require: [{test: [b, c]}]
b: test.nop
c: test.nop
