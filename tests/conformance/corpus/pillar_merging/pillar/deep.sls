include:
  - deep_two
level: one
levels: {one: 1}
