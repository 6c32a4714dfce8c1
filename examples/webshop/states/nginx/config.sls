{% from 'nginx/map.jinja' import nginx with context %}
include:
  - nginx.install

nginx_config:
  file.managed:
    - name: {{ nginx.conf_dir }}/nginx.conf
    - source: salt://nginx/files/nginx.conf.j2
    - template: jinja
    - context:
        worker_connections: {{ nginx.worker_connections }}
        user: {{ nginx.user }}
    - require:
      - pkg: nginx_pkg
