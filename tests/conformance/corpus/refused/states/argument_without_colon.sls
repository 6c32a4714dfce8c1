a:
  test.nop:
    - name text
