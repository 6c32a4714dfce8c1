{% from 'postgres/map.jinja' import postgres with context %}
postgresql_package:
  pkg.installed:
    - name: {{ postgres.package }}

postgres_service:
  service.running:
    - name: {{ postgres.service }}
    - enable: true
    - require:
      - pkg: postgresql_package
