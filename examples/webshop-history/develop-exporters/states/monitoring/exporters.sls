node_exporter_pkg:
  pkg.installed:
    - name: prometheus-node-exporter

node_exporter_service:
  service.running:
    - name: prometheus-node-exporter
    - enable: true
    - require:
      - pkg: node_exporter_pkg
