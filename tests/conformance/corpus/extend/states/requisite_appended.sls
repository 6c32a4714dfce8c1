include: [base]
extend:
  web-conf:
    file:
      - require:
        - service: web-service
  web-service:
    service:
      - watch:
        - file: web-conf
      - require:
        - pkg: web-packages
