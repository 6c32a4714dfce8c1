many:
  test.nop:
    - name: lost
    - names: [a, b]
