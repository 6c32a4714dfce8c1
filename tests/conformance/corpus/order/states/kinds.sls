a:
  test.nop:
    - watch: [{test: m}]
    - onchanges: [{test: n}]
b:
  file.managed:
    - watch: [{test: m}]
    - require: [{test: o}]
c:
  test.nop:
    - onfail: [{test: n}]
    - onfail_stop: false
d:
  test.nop:
    - require_any: [{test: n}, {test: o}]
    - watch_any: [{test: m}]
    - onfail_any: [{test: m}]
    - onchanges_any: [{test: m}]
    - onfail_all: [{test: o}]
m: test.nop
n: test.nop
o: test.nop
