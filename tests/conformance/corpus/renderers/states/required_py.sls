include:
  - py_literal
after:
  test.nop:
    - require:
      - pkg: py nginx
      - test: py port
