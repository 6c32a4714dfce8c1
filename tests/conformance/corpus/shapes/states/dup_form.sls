{% for role in grains.roles %}
role_{{ loop.index }}:
  test.nop:
    - name: {{ role }}
{% if not loop.first %}
    - require:
      - test: role_{{ loop.index - 1 }}
{% endif %}
{% endfor %}
