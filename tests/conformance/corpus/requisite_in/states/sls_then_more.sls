include: [targets]
last-one: test.nop
source:
  test.nop:
    - require_in:
      - sls: targets
      - test: last-one
