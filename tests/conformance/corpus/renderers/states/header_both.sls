#jinja2: {"trim_blocks": true, "lstrip_blocks": true}
text:
  test.nop:
    - t: |
        a
        {% if true %}
        b
        {% endif %}
        c
