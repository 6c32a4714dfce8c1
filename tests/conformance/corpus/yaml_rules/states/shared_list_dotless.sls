a:
  test: &list
    - nop
    - x: 1
b:
  test: *list
