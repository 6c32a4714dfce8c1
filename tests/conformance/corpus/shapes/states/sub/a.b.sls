unreachable: test.nop
