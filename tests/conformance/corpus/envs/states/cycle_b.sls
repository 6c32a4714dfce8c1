include:
  - cycle_a
cycle_b: test.nop
