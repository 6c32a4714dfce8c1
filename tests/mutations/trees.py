"""Valid trees to make mistakes in: each path with its text. Real Salt accepts all of them, and saltflow says nothing."""

TREES = {
    "web": {
        "states/top.sls": """base:
  '*':
    - common
  'web*':
    - web
  'G@os_family:Debian and not db*':
    - match: compound
    - tools
""",
        "states/common.sls": """common-packages:
  pkg.installed:
    - pkgs:
      - vim
      - curl

/etc/motd:
  file.managed:
    - source: salt://files/motd
    - mode: '0644'
    - require:
      - pkg: common-packages
""",
        "states/web/init.sls": """{%- from "web/map.jinja" import web with context %}

include:
  - common
  - web.service

web-package:
  pkg.installed:
    - name: {{ web.package }}

{{ web.config }}:
  file.managed:
    - source: salt://web/files/app.conf.jinja
    - template: jinja
    - user: root
    - group: root
    - mode: '0640'
    - makedirs: true
    - context:
        port: {{ web.port }}
        host: {{ grains['fqdn'] }}
    - require:
      - pkg: web-package
    - watch_in:
      - service: web-service
""",
        "states/web/service.sls": """web-service:
  service.running:
    - name: nginx
    - enable: true
    - require:
      - pkg: web-package

web-user:
  user.present:
    - name: www
    - home: /srv/www
    - shell: /bin/false
""",
        "states/web/map.jinja": """{%- set web = salt['grains.filter_by']({
  'Debian': {'package': 'nginx', 'config': '/etc/nginx/app.conf', 'port': 80},
  'RedHat': {'package': 'nginx', 'config': '/etc/nginx/conf.d/app.conf', 'port': 80},
}, grain='os_family', merge=salt['pillar.get']('web', {})) %}
""",
        "states/web/files/app.conf.jinja": """listen {{ port }};
server_name {{ host }};
""",
        "states/files/motd": "welcome\n",
        "states/tools.sls": """{% set tools = salt['pillar.get']('tools:packages', []) %}
{% for tool in tools %}
tool-{{ tool }}:
  pkg.installed:
    - name: {{ tool }}
{% endfor %}

{% if grains['os_family'] == 'Debian' %}
apt-refresh:
  cmd.run:
    - name: apt-get update
    - runas: root
    - creates: /var/lib/apt/done
    - onchanges:
      - file: /etc/apt/tools.list
{% endif %}

/etc/apt/tools.list:
  file.managed:
    - contents: deb http://example.org stable main
    - order: first
""",
        "pillar/top.sls": """base:
  '*':
    - web
    - tools
""",
        "pillar/web.sls": """web:
  port: 8080
  workers: 4
""",
        "pillar/tools.sls": """tools:
  packages:
    - htop
    - jq
""",
    },
    "shop": {
        "states/top.sls": """base:
  'os:Debian':
    - match: grain
    - shop
""",
        "states/shop/init.sls": """{% import "shop/macros.jinja" as macros %}
{% set settings = pillar['shop'] %}

include:
  - .database
  - shop.worker

shop-directory:
  file.directory:
    - name: {{ settings.path }}
    - user: shop
    - group: shop
    - dir_mode: '0750'
    - require:
      - user: shop-user

shop-user:
  user.present:
    - name: shop
    - createhome: false

{{ macros.logrotate('shop', settings.path) }}

{% for name, site in settings.sites.items() %}
site-{{ name }}:
  file.managed:
    - name: /etc/shop/{{ name }}.conf
    - contents: |
        host={{ site.host }}
        port={{ site.get('port', 443) }}
    - makedirs: true
    - require:
      - file: shop-directory
{% endfor %}
""",
        "states/shop/database.sls": """shop-database-dump:
  cmd.run:
    - name: /usr/local/bin/dump
    - unless: test -e /var/backups/shop.sql
    - require:
      - file: /usr/local/bin/dump

/usr/local/bin/dump:
  file.managed:
    - source: salt://shop/files/dump
    - mode: '0755'

/var/backups/shop.sql:
  file.exists:
    - require:
      - cmd: shop-database-dump
""",
        "states/shop/worker.sls": """extend:
  shop-user:
    user.present:
      - shell: /bin/false

shop-worker:
  cron.present:
    - name: /usr/local/bin/worker
    - user: shop
    - minute: '*/5'
    - require:
      - user: shop-user

worker-symlink:
  file.symlink:
    - name: /usr/local/bin/shop-worker
    - target: /usr/local/bin/worker
    - force: true
    - onlyif: test -e /usr/local/bin/worker
""",
        "states/shop/macros.jinja": """{% macro logrotate(name, path, days=7) %}
/etc/logrotate.d/{{ name }}:
  file.managed:
    - contents: |
        {{ path }}/*.log {
          rotate {{ days }}
        }
{% endmacro %}
""",
        "states/shop/files/dump": "#!/bin/sh\n",
        "pillar/top.sls": """base:
  'G@os:Debian':
    - match: compound
    - shop
""",
        "pillar/shop.sls": """{% set domain = 'example.org' %}
shop:
  path: /srv/shop
  owner: {{ grains['host'] }}
  sites:
    main:
      host: www.{{ domain }}
    admin:
      host: admin.{{ domain }}
      port: 8443
""",
    },
    "base": {
        "states/top.sls": """base:
  '*':
    - base
    - base.users
""",
        "states/base/init.sls": """include:
  - base.users

exclude:
  - id: base-never

base-packages:
  pkg.latest:
    - pkgs:
      - openssh-server
      - rsync

base-never:
  test.nop: []

ssh-service:
  service.running:
    - name: ssh
    - enable: true
    - watch:
      - file: /etc/ssh/sshd_config
      - pkg: base-packages

/etc/ssh/sshd_config:
  file.managed:
    - contents:
      - PermitRootLogin no
      - PasswordAuthentication no
    - mode: '0600'
    - require_in:
      - service: ssh-service

Europe/Berlin:
  timezone.system: []

net.ipv4.ip_forward:
  sysctl.present:
    - value: 1
""",
        "states/base/users.sls": """{% for name, user in salt['pillar.get']('users', {}).items() %}
user-{{ name }}:
  user.present:
    - name: {{ name }}
    - uid: {{ user.uid }}
    - shell: {{ user.shell | default('/bin/bash') }}
{% if user.get('admin', false) %}
sudo-{{ name }}:
  file.managed:
    - name: /etc/sudoers.d/{{ name }}
    - contents: '{{ name }} ALL=(ALL) ALL'
    - mode: '0440'
    - require:
      - user: user-{{ name }}
{% endif %}
{% endfor %}

admins:
  group.present:
    - system: true
    - require:
      - test: users-done

users-done:
  test.succeed_without_changes:
    - name: done
""",
        "pillar/top.sls": """base:
  '*':
    - users
""",
        "pillar/users.sls": """users:
  ada:
    uid: 2001
    admin: true
  ben:
    uid: 2002
    shell: /bin/zsh
""",
    },
}
