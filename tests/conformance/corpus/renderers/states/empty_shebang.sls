#!
a: test.nop
