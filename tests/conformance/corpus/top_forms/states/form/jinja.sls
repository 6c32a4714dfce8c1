base:
{% for role in grains.roles %}
  'G@roles:{{ role }}':
    - {{ role }}
{% endfor %}
{% if pillar.get('tier') == 'frontend' %}
  '*':
    - other
{% endif %}
