a:
  test.nop:
    - require:
      - test: b
      - b
      - id: b
      - sls: shapes.other
    - watch_in:
      - test: c
    - onchanges_any:
      - test: b
    - prereq:
      - test: c
    - listen:
      - test: c
    - use:
      - test: b
    - onfail:
      - test: c
b:
  test.nop: []
c:
  test.nop: []
