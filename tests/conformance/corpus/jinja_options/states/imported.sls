{% from "lib.jinja" import lines %}
x:
  test.nop:
    - t: {{ lines()|tojson }}
