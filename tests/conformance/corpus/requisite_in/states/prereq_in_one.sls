include: [targets]
source:
  test.nop:
    - prereq_in:
      - test: first
