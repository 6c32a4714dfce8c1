{% from 'webshop/map.jinja' import webshop with context %}
include:
  - webshop.user

webshop_git:
  pkg.installed:
    - name: git

webshop_release:
  webshop_release.deployed:
    - name: {{ webshop.home }}/current
    - version: {{ webshop.version }}
    - user: {{ webshop.user }}
    - require:
      - pkg: webshop_git
      - user: webshop_user
