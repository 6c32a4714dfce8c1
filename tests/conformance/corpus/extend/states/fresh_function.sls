include: [base]
extend:
  web-conf:
    cmd:
      - run
      - wait
