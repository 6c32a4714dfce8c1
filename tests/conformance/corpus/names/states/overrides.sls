many:
  file.managed:
    - mode: '0644'
    - names:
      - /tmp/a
      - /tmp/b:
        - mode: '0600'
        - source: salt://b
      - /tmp/c:
        - user: root
