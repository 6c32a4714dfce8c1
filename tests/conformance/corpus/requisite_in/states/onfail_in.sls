include: [targets]
source:
  test.nop:
    - onfail_in:
      - test: first
      - id: second
