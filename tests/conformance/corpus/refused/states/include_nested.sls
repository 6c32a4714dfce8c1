include: [[id_null]]
a: test.nop
