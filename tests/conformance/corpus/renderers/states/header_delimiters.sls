#jinja2: {"variable_start_string": "<<", "variable_end_string": ">>"}
text <<grains.os>>:
  test.nop:
    - t: "{{ grains.os }}"
