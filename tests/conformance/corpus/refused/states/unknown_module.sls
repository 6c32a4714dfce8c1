a:
  no_such_module.run:
    - x: 1
