include: [base]
extend:
  web-conf:
    file.absent: []
