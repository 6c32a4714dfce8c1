x:
  test.nop:
    - y: {{ nope }}
