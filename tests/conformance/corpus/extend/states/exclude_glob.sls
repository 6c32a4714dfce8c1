include: [base, own]
keep: test.nop
exclude:
  - sls: b*
  - 'ow?'
