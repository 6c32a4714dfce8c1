x:
  test.nop:
    - y: {{ 1 + 'a' }}
