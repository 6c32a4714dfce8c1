include: [diamond_b, diamond_a]
c: test.nop
