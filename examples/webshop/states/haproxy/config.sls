include:
  - haproxy.install
  - certs

haproxy_config:
  file.managed:
    - name: /etc/haproxy/haproxy.cfg
    - source: salt://haproxy/files/haproxy.cfg.j2
    - template: jinja
    - context:
        backends: {{ salt['pillar.get']('haproxy:backends', [])|json }}
    - require:
      - pkg: haproxy_pkg
      - sls: certs
    - watch_in:
      - service: haproxy_service
