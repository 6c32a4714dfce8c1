include: [base]
extend:
  web-conf:
    file:
      - mode: '0600'
      - user: root
