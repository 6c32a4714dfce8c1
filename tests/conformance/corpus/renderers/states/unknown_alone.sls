#!none_such
a: test.nop
