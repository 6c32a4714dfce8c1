a:
  test.nop: [{order: 50000}]
b:
  test.nop: [{order: last}]
c:
  test.nop: [{order: -1}]
d:
  test.nop: [{order: 1.5}]
e:
  test.nop: [{order: true}]
