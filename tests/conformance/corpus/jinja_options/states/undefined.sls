x:
  test.nop:
    - y: "[{{ nothing }}]"
    - z: {{ grains.nothing }}
{% if not pillar.nope %}
not there: test.nop
{% endif %}
{% for x in nothing_at_all %}
never: test.nop
{% endfor %}
