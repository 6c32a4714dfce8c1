{% from 'webshop/map.jinja' import webshop with context %}
include:
  - webshop.source
  - webshop.service
  - postgres.install
  - monitoring.node_exporter

wishlist_settings:
  file.managed:
    - name: {{ webshop.home }}/wishlist.ini
    - source: salt://webshop/files/wishlist.ini.j2
    - template: jinja
    - user: {{ webshop.user }}
    - context:
        host: {{ webshop.db.host }}
        limit: {{ salt['pillar.get']('webshop:wishlist:limit', 50) }}
    - require:
      - webshop_release: webshop_release
    - watch_in:
      - service: webshop_service

wishlist_schema:
  cmd.run:
    - name: /srv/webshop/current/bin/migrate wishlist
    - runas: webshop
    - creates: /srv/webshop/.wishlist-schema
    - require:
      - pkg: postgres_pkg
      - file: wishlist_settings
