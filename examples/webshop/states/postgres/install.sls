{% from 'postgres/map.jinja' import postgres with context %}
postgres_pkg:
  pkg.installed:
    - name: {{ postgres.package }}

postgres_service:
  service.running:
    - name: {{ postgres.service }}
    - enable: true
    - require:
      - pkg: postgres_pkg
