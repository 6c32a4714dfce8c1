a:
  test.nop:
    - require: [{test: 'nothing-*'}]
