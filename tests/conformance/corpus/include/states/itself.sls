include: [itself]
mine: test.nop
