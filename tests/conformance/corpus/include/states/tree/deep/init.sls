include: [..child]
deep: test.nop
