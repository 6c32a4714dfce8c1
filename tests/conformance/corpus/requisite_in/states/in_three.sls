include: [targets]
source:
  test.nop:
    - watch_in:
      - test: first
      - test: second
      - cmd: double
other:
  test.nop:
    - watch_in:
      - test: first
