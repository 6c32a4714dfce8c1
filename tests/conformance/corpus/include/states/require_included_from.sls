include: [diamond]
own:
  test.nop:
    - require:
      - sls: diamond_b
