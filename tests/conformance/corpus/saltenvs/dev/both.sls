include:
  - base: same
  - same
