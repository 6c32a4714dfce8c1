include: {a: b}
a: test.nop
