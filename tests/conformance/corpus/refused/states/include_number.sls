include: [5]
a: test.nop
