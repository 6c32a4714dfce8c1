dev web: test.nop
