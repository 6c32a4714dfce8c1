? a
: test.nop: []
