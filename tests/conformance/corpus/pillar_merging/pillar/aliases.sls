base: &base {a: 1, l: [1]}
merged:
  <<: *base
  b: 2
same: *base
