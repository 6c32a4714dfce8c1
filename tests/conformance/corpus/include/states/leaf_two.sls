leaf-two:
  test.nop:
    - require:
      - sls: leaf
