sub_other: test.nop
