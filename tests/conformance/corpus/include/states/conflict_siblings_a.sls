same: test.nop
