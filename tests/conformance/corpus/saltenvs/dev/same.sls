same dev: test.nop
