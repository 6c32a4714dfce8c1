include: [base]
mine:
  test.nop:
    - require:
      - id: short
exclude:
  - id: short
