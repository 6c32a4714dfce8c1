extend:
  web-conf:
    file:
      - mode: '0640'
