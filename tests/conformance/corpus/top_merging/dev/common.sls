dev common: test.nop
