x:
  test.nop:
    - y: "[{{ grains.nothing.more }}]"
