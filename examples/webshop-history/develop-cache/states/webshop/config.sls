{% from 'webshop/map.jinja' import webshop with context %}
include:
  - webshop.user
  - webshop.source

webshop_cache_dir:
  file.directory:
    - name: /var/cache/webshop
    - user: {{ webshop.user }}
    - makedirs: true

webshop_settings:
  file.managed:
    - name: {{ webshop.home }}/settings.ini
    - source: salt://webshop/files/settings.ini.j2
    - template: jinja
    - user: {{ webshop.user }}
    - mode: '0600'
    - context:
        db_host: {{ webshop.database.host }}
        db_port: {{ webshop.database.port }}
        db_name: {{ webshop.database.name }}
        cache: {{ salt['pillar.get']('webshop:cache:host', 'localhost') }}
    - require:
      - webshop_release: webshop_release
