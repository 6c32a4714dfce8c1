include: [base]
extend:
  web-conf:
    cmd:
      - cwd: /
