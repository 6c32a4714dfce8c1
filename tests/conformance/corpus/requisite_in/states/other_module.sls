include: [targets]
source:
  test.nop:
    - require_in:
      - cmd: first
