include:
  - sub
  - sub.child
  - base: short
  - su*.child
y: test.nop
