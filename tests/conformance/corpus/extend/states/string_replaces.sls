include: [base]
extend:
  web-conf:
    file:
      - symlink
      - target: /etc/other.conf
