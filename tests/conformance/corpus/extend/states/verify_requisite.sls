include: [base]
extend:
  web-conf:
    file:
      - onchanges: service
