a:
  test.nop:
    - v: !!binary aGVsbG8=
