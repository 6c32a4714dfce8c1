include: [{_xenv: nowhere}]
mine: test.nop
