x:
  test.nop:
    - y: {{ pillar.app.nope.deeper|default('z') }}
