include: [base]
one:
  test.nop:
    - listen:
      - file: web-conf
extend:
  one:
    test:
      - listen:
        - service: web-service
