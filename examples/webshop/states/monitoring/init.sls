include:
  - monitoring.node_exporter
{%- if 'db' in grains.get('roles', []) %}
  - monitoring.postgres_exporter
{%- endif %}
