z:
  test.nop: [{order: last}]
a: test.nop
m:
  test.nop: [{order: first}]
other:
  test.nop: [{order: whatever}]
