{% from 'webshop/map.jinja' import webshop with context %}
include:
  - webshop.source
  - webshop.config

webshop_unit:
  file.managed:
    - name: /etc/systemd/system/webshop.service
    - contents: |
        [Service]
        User={{ webshop.user }}
        ExecStart={{ webshop.home }}/current/bin/serve --workers {{ webshop.workers }}

webshop_service:
  service.running:
    - name: webshop
    - enable: true
    - require:
      - file: webshop_unit
    - watch:
      - file: webshop_settings
      - webshop_release: webshop_release
