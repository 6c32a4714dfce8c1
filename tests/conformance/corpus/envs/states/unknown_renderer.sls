#!nosuchrenderer
a: test.nop
