a:
  file.managed:
    - user: a
    - use: [{file: b}]
b:
  file.managed:
    - group: b
    - use: [{file: c}]
c:
  file.managed:
    - mode: '0600'
    - group: c
