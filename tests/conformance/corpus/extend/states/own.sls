mine:
  test.nop:
    - one: 1
extend:
  mine:
    test:
      - one: 2
      - two: 2
