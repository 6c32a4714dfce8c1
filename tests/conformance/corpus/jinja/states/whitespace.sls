{%- set items = ['a', 'b'] -%}
ws:
  test.nop:
    - list:
      {%- for i in items %}
      - {{ i }}
      {%- endfor %}
    - text: |
        {{ 'one\ntwo'|indent(8) }}
    - raw: {% raw %}"{{ not rendered }}"{% endraw %}
    - brace: "{{ '{{' }}"
{# a comment with {{ nope }} #}
# {{ 'in a yaml comment' }}
