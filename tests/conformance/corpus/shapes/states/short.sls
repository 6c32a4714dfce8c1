short: test.nop
plain:
  test.nop
colon:
  test.nop: []
separate:
  test:
    - nop
    - name: x
several:
  pkg.installed:
    - name: nginx
  service.running:
    - enable: true
    - watch:
      - pkg: several
      - several
nested_first:
  pkg:
    - name: x
    - installed
