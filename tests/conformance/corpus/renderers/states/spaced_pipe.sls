#! jinja | yaml
spaced:
  test.nop: []
