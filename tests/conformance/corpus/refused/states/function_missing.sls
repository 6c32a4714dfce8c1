a:
  test:
    - x: 1
