extend:
a: test.nop
