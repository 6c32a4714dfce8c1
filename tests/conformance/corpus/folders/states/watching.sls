a:
  test.nop: []
b:
  test.nop:
    - require:
      - test: a
    - watch:
      - test: a
    - require:
      - id: a
