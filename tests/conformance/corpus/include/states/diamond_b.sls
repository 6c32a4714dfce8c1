include: [leaf]
b: test.nop
