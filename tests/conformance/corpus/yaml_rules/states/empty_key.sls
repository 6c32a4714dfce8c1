'': test.nop
