include:
  - circle_a
b: 2
both: b
