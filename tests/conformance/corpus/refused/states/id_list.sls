a: [test.nop]
