include: [tree/child]
mine: test.nop
