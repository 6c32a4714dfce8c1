a:
  test.nop:
    - require: [{test: b}]
      x: 1
b: test.nop
