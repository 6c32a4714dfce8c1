a:
  test.nop:
    - require: [{test: z}]
b: test.nop
z: test.nop
