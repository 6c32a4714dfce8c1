{% from 'nginx/map.jinja' import nginx with context %}
{% for name, vhost in salt['pillar.get']('nginx:vhosts', {})|dictsort %}
nginx_vhost_{{ name }}:
  file.managed:
    - name: {{ nginx.vhost_dir }}/{{ name }}.conf
    - source: salt://nginx/files/vhost.conf.j2
    - template: jinja
    - context:
        name: {{ name }}
        port: {{ vhost.get('port', nginx.port) }}
        root: {{ vhost.root }}
        tls: {{ nginx.tls.enabled }}
        protocols: {{ nginx.tls.protocols|json }}
    - watch_in:
      - service: nginx_service
{% endfor %}
