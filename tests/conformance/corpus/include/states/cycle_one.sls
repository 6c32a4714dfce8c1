include: [cycle_two]
one: test.nop
