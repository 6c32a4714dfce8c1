a:
  test.nop:
    - order: last
    - prereq: [{test: b}]
b:
  test.nop:
    - order: 1
c:
  test.nop:
    - order: -5
    - require: [{test: b}]
