a:
  test.nop:
    - requires: [{test: nowhere}]
