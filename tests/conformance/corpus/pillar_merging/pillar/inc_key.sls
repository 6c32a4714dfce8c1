include:
  - one:
      key: a
  - two:
      key: a
  - three:
      key: b:c:d
a: {own: 1}
