c:
  test.nop: [{order: 3}]
a:
  test.nop: [{order: 1}]
plain: test.nop
b:
  test.nop: [{order: 2}]
