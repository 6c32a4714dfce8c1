include: [function_missing]
z: test.nop
