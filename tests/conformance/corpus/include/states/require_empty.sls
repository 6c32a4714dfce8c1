include: [tree.empty]
own:
  test.nop:
    - require:
      - sls: tree.empty
