include: [chain_mid]
extend:
  web-conf:
    file:
      - mode: '0700'
      - group: top
