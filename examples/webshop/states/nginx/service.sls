{% from 'nginx/map.jinja' import nginx with context %}
include:
  - nginx.install
  - nginx.config

nginx_service:
  service.running:
    - name: {{ nginx.service }}
    - enable: true
    - require:
      - pkg: nginx_pkg
    - watch:
      - file: nginx_config
