include: [base]
extend:
  fresh:
    cmd:
      - run
  web-conf:
    cmd:
      - run
      - wait
