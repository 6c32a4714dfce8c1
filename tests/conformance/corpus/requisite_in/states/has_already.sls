target:
  test.nop:
    - require:
      - test: before
before: test.nop
source:
  test.nop:
    - require_in:
      - test: target
