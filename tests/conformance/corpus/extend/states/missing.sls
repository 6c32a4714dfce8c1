include: [base]
extend:
  nowhere:
    file:
      - mode: '0640'
