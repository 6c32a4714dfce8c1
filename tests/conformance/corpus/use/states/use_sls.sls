a:
  file.managed:
    - use: [{sls: use_sls}]
b:
  file.managed:
    - user: b
