exclude: {id: a}
a: test.nop
