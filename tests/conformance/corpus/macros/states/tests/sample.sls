sample: test.nop
