a:
  test.nop:
    - name:	tabbed
