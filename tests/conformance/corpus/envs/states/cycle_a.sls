include:
  - cycle_b
cycle_a: test.nop
