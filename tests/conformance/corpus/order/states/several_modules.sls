a:
  pkg.installed: []
  file.managed:
    - name: /tmp/a
    - require: [{pkg: a}]
  service.running:
    - watch: [{file: a}]
b:
  cmd.run:
    - name: 'true'
    - require: [{id: a}]
