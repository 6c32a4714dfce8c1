include:
  - webshop.config
  - webshop.service

webshop_migrate:
  cmd.run:
    - name: /srv/webshop/current/bin/migrate
    - runas: webshop
    - onchanges:
      - webshop_release: webshop_release
    - require:
      - file: webshop_settings
    - require_in:
      - service: webshop_service
