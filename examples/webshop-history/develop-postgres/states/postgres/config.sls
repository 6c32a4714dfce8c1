{% from 'postgres/map.jinja' import postgres, memory_mb with context %}
include:
  - postgres.install

postgres_config:
  file.managed:
    - name: {{ postgres.conf }}
    - source: salt://postgres/files/postgresql.conf.j2
    - template: jinja
    - user: postgres
    - context:
        listen: '{{ salt['pillar.get']('postgres:listen', 'localhost') }}'
        shared_buffers: {{ memory_mb }}MB
        max_connections: {{ salt['pillar.get']('postgres:max_connections', 100) }}
    - require:
      - pkg: postgresql_package
    - watch_in:
      - service: postgres_service
