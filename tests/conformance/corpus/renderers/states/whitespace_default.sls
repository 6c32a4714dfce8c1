text:
  test.nop:
    - t: |
        a
        {% if true %}
        b
        {% endif %}
        c
