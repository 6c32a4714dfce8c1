same base: test.nop
