a:
  test.nop:
    - require_any: [{test: nowhere}]
