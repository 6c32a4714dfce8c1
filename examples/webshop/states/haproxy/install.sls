haproxy_pkg:
  pkg.installed:
    - name: haproxy

haproxy_service:
  service.running:
    - name: haproxy
    - enable: true
    - require:
      - pkg: haproxy_pkg
