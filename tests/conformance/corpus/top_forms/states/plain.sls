plain: test.nop
