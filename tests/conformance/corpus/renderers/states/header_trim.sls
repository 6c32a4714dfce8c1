#jinja2: {"trim_blocks": true}
{% if true %}
trimmed: test.nop
{% endif %}
text:
  test.nop:
    - t: |
        a
        {% if true %}
        b
        {% endif %}
        c
