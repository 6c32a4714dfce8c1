include: [targets]
source:
  test.nop:
    - listen_in:
      - test: first
      - id: second
