#!yaml
plain_yaml:
  test.nop:
    - text: "{% not jinja %}"
