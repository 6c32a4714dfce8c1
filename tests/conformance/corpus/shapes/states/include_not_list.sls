include: short
z: test.nop
