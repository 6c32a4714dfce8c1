leaf: test.nop
