number:
  test.nop:
    - name: 5
list:
  test.nop:
    - name: [a]
nothing:
  test.nop:
    - name:
