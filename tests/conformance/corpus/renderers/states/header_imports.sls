#jinja2: {"trim_blocks": true}
{% from "header_imported.jinja" import lines %}
text:
  test.nop:
    - t: {{ lines()|tojson }}
