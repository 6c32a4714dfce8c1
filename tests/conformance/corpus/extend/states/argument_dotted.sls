include: [base]
extend:
  web-conf:
    file.managed:
      - mode: '0600'
