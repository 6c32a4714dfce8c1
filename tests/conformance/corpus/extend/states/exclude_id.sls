include: [base]
exclude:
  - id: both
  - id: short
  - id: nowhere
