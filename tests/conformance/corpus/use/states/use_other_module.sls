a:
  cmd.run:
    - name: 'true'
    - use: [{file: b}]
b:
  file.managed:
    - cwd: /tmp
    - user: b
