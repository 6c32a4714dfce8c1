both_init: test.nop
