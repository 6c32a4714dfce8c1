a:
  file.managed:
    - use:
      - file: b
      - file: c
b:
  file.managed:
    - group: b
c:
  file.managed:
    - mode: '0600'
    - group: c
