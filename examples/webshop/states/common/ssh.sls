ssh_server:
  pkg.installed:
    - name: openssh-server
  service.running:
    - name: {{ salt['grains.filter_by']({'Debian': 'ssh', 'RedHat': 'sshd'}) }}
    - enable: true
    - require:
      - pkg: ssh_server

ssh_config:
  file.managed:
    - name: /etc/ssh/sshd_config.d/10-webshop.conf
    - source: salt://common/files/sshd.conf.j2
    - template: jinja
    - mode: '0644'
    - context:
        allow_groups: {{ salt['pillar.get']('ssh:allow_groups', ['admins'])|json }}
    - watch_in:
      - service: ssh_server
