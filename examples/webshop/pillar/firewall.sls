firewall:
  ports:
    - 22
    - 9100
{%- if 'web' in grains.get('roles', []) %}
    - 80
    - 443
{%- elif 'db' in grains.get('roles', []) %}
    - 5432
{%- endif %}
