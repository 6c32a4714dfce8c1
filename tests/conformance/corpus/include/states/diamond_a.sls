include: [leaf]
a: test.nop
