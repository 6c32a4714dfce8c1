include: [targets]
source:
  test.nop:
    - require_in:
      - sls: targets
