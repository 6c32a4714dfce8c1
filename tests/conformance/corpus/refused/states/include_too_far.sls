include: [...far]
z: test.nop
