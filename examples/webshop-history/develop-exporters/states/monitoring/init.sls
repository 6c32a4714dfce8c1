include:
  - monitoring.exporters
{%- if 'db' in grains.get('roles', []) %}
  - monitoring.postgres_exporter
{%- endif %}
