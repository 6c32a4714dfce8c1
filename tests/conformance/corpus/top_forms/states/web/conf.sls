web conf: test.nop
