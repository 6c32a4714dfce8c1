a:
  test.nop:
    - listen: [{test: nowhere}]
