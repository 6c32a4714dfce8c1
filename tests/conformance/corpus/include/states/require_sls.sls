include: [tree]
own:
  test.nop:
    - require:
      - sls: tree
