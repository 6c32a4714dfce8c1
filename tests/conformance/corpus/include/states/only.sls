include:
  - leaf
  - tree.deep
