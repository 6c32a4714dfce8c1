include: [twice_equal_a, base]
extend:
  web-conf:
    file:
      - require:
        - file: both
      - watch:
        - file: both
