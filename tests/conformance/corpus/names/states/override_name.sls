many:
  test.nop:
    - names:
      - a:
        - name: other
        - order: 1
      - b
