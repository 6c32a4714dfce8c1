postgres_exporter_pkg:
  pkg.installed:
    - name: prometheus-postgres-exporter

postgres_exporter_env:
  file.managed:
    - name: /etc/default/prometheus-postgres-exporter
    - contents: DATA_SOURCE_NAME="dbname={{ salt['pillar.get']('webshop:database:name', 'webshop') }}"
    - require:
      - pkg: postgres_exporter_pkg
