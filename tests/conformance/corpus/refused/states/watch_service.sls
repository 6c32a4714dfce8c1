conf: test.nop
web:
  service.running:
    - watch: [{test: conf}]
mounted:
  mount.mounted:
    - name: /mnt
    - watch: [{test: conf}]
packaged:
  pkg.installed:
    - watch: [{test: conf}]
commanded:
  cmd.run:
    - name: "true"
    - watch: [{test: conf}]
filed:
  file.managed:
    - name: /tmp/x
    - watch_any: [{test: conf}]
cronned:
  cron.present:
    - name: x
    - watch: [{test: conf}]
grouped:
  group.present:
    - name: g
    - watch: [{test: conf}]
evented:
  event.send:
    - watch: [{test: conf}]
moduled:
  module.run:
    - watch: [{test: conf}]
tested:
  test.nop:
    - watch: [{test: conf}]
installed:
  pip.installed:
    - watch: [{test: conf}]
sysctled:
  sysctl.present:
    - watch: [{test: conf}]
