{% from 'webshop/map.jinja' import webshop with context %}
webshop_user:
  user.present:
    - name: {{ webshop.user }}
    - home: {{ webshop.home }}
    - system: true
    - shell: /usr/sbin/nologin
