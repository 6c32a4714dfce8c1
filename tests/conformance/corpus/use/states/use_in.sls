source:
  file.managed:
    - name: /tmp/source
    - user: root
    - mode: '0644'
    - use_in:
      - file: target
      - file: other
target:
  file.managed:
    - name: /tmp/target
    - mode: '0600'
other:
  file.directory:
    - names: [/tmp/a, /tmp/b]
