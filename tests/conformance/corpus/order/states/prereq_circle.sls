a:
  test.nop:
    - prereq: [{test: b}]
b:
  test.nop:
    - require: [{test: a}]
