{% if 'map.data' in salt %}
extension:
  test.nop
{% else %}
no extension:
  test.nop:
    - always: {{ 'pillar.get' in salt }}
{% endif %}
