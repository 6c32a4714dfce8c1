live own: test.nop
