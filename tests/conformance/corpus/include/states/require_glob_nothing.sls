own:
  test.nop:
    - require:
      - sls: "nothing*"
