source:
  file.managed:
    - name: /tmp/source
    - user: root
    - mode: '0644'
    - require:
      - test: before
    - listen:
      - test: before
before: test.nop
target:
  file.managed:
    - name: /tmp/target
    - mode: '0600'
    - use:
      - file: source
