qa own: test.nop
