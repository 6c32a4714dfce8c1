first:
  test.nop:
    - name: first-name
second:
  test.nop:
    - order: last
double:
  test.nop: []
  cmd.run:
    - name: 'true'
