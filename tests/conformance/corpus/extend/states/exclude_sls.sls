include: [base]
mine: test.nop
exclude:
  - sls: base
