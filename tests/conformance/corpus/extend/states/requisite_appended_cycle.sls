include: [base]
extend:
  web-conf:
    file:
      - require:
        - service: web-service
  web-service:
    service:
      - require:
        - file: web-conf
