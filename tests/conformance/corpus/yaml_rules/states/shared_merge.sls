a:
  test.nop: &args
    - x: 1
b:
  cmd.run:
    - name: "true"
    - more: *args
