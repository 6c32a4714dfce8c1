web two: test.nop
