include: [targets]
source:
  test.nop:
    - prereq_in:
      - test: first
      - id: second
