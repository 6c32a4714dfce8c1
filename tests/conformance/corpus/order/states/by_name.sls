a:
  test.nop:
    - require: [{test: the name}, plain, {id: the name}]
b:
  test.nop:
    - name: the name
plain: test.nop
