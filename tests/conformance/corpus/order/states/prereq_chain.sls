a:
  test.nop:
    - prereq: [{test: b}]
b:
  test.nop:
    - prereq: [{test: c}]
c:
  test.nop:
    - require: [{test: d}]
d: test.nop
