include: [leaf]
leaf: test.nop
