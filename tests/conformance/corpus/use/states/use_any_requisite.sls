before: test.nop
a:
  file.managed:
    - use: [{file: b}]
b:
  file.managed:
    - group: b
    - require_any: [{test: before}]
    - onlyif: 'true'
