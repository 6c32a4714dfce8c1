include: [leaf, leaf, leaf]
own: test.nop
