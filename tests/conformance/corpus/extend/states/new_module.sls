include: [base]
extend:
  web-conf:
    cmd.run:
      - name: nginx -t
