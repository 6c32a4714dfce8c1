include: ["tree.*"]
mine: test.nop
