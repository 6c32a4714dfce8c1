extend:
  a: text
a: test.nop
