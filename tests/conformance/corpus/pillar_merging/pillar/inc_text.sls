include: one
own: 1
