include: [targets]
source:
  test.nop:
    - require_in:
      - first-name
