a:
  file.managed:
    - use:
      - b
b:
  file.managed:
    - group: b
