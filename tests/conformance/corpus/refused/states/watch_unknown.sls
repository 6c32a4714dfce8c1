a:
  test.nop:
    - watch: [{service: nowhere}]
