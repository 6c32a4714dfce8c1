include: [base]
extend:
  web-conf:
    file:
      - require:
        - file: both
