include: [base]
extend:
  short:
    test:
      - succeed_without_changes
      - comment: extended
