include: [{_xenv: leaf}]
mine: test.nop
