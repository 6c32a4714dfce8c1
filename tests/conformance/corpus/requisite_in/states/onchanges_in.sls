include: [targets]
source:
  test.nop:
    - onchanges_in:
      - test: first
      - id: second
