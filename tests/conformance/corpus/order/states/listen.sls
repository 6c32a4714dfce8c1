a:
  test.nop:
    - listen: [{test: b}]
b:
  test.nop:
    - listen_in: [{test: a}]
