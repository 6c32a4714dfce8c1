include:
  - circle_b
a: 1
both: a
