extend: text
a: test.nop
