include: ["diamond_?", "leaf*"]
mine: test.nop
