include:
  - short
exclude:
  - plain
  - id: colon
  - sls: requis*
x: test.nop
