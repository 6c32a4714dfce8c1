a:
  pkg.installed:
    - watch: [{test: z}]
b:
  cmd.run:
    - watch: [{test: z}]
    - watch_any: [{test: z}]
c:
  user.present:
    - watch: [{test: z}]
    - watch_any: [{test: z}]
    - require: [{cmd: b}]
d:
  mount.mounted:
    - watch: [{test: z}]
e:
  module.run:
    - watch: [{test: z}]
z: test.nop
