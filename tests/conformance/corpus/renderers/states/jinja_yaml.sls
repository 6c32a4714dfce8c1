#!jinja|yaml
plain:
  test.nop:
    - os: {{ grains.os }}
