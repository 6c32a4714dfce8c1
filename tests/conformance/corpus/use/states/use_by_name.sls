source:
  file.managed:
    - name: /tmp/source
    - user: root
target:
  file.managed:
    - use:
      - file: /tmp/source
