a:
  test.nop:
    - x: 1
      require: [{test: b}]
b: test.nop
