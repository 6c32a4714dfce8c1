include: [{base: leaf}]
mine: test.nop
