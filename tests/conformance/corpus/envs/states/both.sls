both_file: test.nop
