dev own: test.nop
