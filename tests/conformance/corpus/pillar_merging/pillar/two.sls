scalar: two
map:
  b: {d: [3], e: 5}
  f: 6
list: [3, 4]
only_two: true
changes: [1]
nulls:
