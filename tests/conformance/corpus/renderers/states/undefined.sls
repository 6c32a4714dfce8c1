x:
  test.nop:
    - y: "[{{ nothing }}]"
