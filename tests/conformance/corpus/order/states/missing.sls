a:
  test.nop:
    - require: [{test: nowhere}]
    - watch: [{test: nowhere_too}]
b:
  test.nop:
    - name: named
    - onchanges: [{id: nowhere}]
