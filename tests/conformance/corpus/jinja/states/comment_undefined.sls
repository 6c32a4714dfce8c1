# {{ nope }}
x: test.nop
