include: [cycle_three]
two: test.nop
