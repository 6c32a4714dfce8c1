include: [{prod: leaf}]
mine: test.nop
