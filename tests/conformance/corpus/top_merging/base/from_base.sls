from base: test.nop
