#jinja2: {"trim_blocks": false}
text:
  test.nop:
    - t: |
        a
        {% if true %}
        b
        {% endif %}
