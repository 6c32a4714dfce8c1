z:
  test.nop: [{order: 5}]
a:
  test.nop: [{order: 5}]
m:
  cmd.run: [{order: 5}]
