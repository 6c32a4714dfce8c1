own: test.nop
include: [leaf_two, leaf]
