~: test.nop
