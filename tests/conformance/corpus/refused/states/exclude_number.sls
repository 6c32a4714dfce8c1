exclude: [5]
a: test.nop
