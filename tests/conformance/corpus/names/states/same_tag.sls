a:
  test.nop:
    - names:
      - x: [{name: same}]
      - y: [{name: same}]
