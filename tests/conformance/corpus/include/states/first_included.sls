include: [leaf]
own: test.nop
