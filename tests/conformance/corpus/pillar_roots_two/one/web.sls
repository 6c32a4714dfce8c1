web one: test.nop
