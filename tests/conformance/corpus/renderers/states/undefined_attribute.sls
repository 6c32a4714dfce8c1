x:
  test.nop:
    - y: "[{{ grains.nothing }}]"
    - z: "[{{ pillar.a.b }}]"
