# Keys with a dot go behind those without one.
mixed:
  pkg.installed:
    - name: nginx
  service:
    - running
    - require:
      - pkg: mixed
    - enable: true
    - require:
      - file: mixed
      - test: other
  file.managed:
    - name: /etc/x
  cron: [absent]
other:
  test.nop:
    - watch_in:
      - service: mixed
extend:
  mixed:
    file.managed:
      - mode: '0644'
    pkg:
      - version: '1'
