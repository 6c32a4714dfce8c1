plain:
  test.nop:
    - os: {{ grains.os }}
