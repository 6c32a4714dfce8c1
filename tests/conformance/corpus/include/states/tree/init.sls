include:
  - .child
  - ..leaf
tree: test.nop
