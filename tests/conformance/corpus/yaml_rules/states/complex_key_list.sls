? [a, b]
: test.nop: []
