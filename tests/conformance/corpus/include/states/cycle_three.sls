include: [cycle_one]
three: test.nop
