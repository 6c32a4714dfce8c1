include: [tree]
child: test.nop
