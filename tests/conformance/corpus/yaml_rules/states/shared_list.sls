a:
  test.nop: &list
    - x: 1
b:
  test.nop: *list
