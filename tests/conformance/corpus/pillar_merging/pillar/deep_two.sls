include:
  - deep_three
level: two
levels: {two: 2}
