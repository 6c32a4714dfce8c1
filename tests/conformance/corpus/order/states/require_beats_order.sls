a:
  test.nop:
    - order: 1
    - require: [{test: z}]
z:
  test.nop:
    - order: last
m: test.nop
