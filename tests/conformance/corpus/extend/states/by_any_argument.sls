include: [base]
extend:
  salt://nginx.conf:
    file:
      - backup: minion
