include: [nowhere]
mine: test.nop
