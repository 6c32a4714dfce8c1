include: [base]
extend:
  web-service:
    service:
      - order: 1
