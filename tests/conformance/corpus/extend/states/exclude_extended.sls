include: [base]
extend:
  short:
    test:
      - comment: gone anyway
exclude:
  - id: short
