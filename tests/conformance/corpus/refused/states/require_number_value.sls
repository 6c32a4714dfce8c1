a:
  test.nop:
    - require: [{test: 5}]
'5': test.nop
