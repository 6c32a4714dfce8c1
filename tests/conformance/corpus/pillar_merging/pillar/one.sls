scalar: one
map:
  a: 1
  b: {c: 2, d: [1, 2]}
list: [1, 2, 3]
only_one: true
changes: {a: 1}
nulls: {a: 1}
