include: [targets]
source:
  test.nop:
    - require_in:
      - nowhere
