include:
  - base: common
mine:
  test.nop:
    - require:
      - test: common
