include:
  - no.such.sls
m: test.nop
