many:
  test.nop:
    - order: 3
    - names: [a, b]
last:
  test.nop:
    - order: last
    - names: [y, x]
before:
  test.nop: [{order: 2}]
after:
  test.nop: [{order: 4}]
