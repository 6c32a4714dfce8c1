x:
  test.nop:
    - y: {{ 1 + }}
