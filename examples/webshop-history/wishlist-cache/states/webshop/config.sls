{% from 'webshop/map.jinja' import webshop with context %}
include:
  - webshop.user
  - webshop.source

webshop_settings:
  file.managed:
    - name: {{ webshop.home }}/settings.ini
    - source: salt://webshop/files/settings.ini.j2
    - template: jinja
    - user: {{ webshop.user }}
    - mode: '0600'
    - context:
        db_host: {{ webshop.db.host }}
        db_port: {{ webshop.db.port }}
        db_name: {{ webshop.db.name }}
        cache: {{ salt['pillar.get']('webshop:cache:host', 'localhost') }}
    - require:
      - webshop_release: webshop_release

webshop_cache_dir:
  file.directory:
    - name: {{ webshop.home }}/cache
    - user: {{ webshop.user }}
    - mode: '0750'
    - require:
      - user: webshop_user
