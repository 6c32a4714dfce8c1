#!jinja|yaml
#jinja2: {"trim_blocks": true, "lstrip_blocks": true}
text:
  test.nop:
    - t: |
        a
        {% for n in [1, 2] %}
        {{ n }}
        {% endfor %}
        c
