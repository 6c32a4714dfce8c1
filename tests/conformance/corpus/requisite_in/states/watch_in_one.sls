include: [targets]
source:
  test.nop:
    - watch_in:
      - test: first
