a:
  test.nop:
    - require: [{test: 'web-*'}]
b:
  test.nop:
    - require: [{id: 'web-?'}]
web-1: test.nop
web-2: test.nop
other:
  test.nop:
    - name: web-3
