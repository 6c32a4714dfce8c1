{{ pillar.scalar }}:
  test.nop:
    - list: {{ pillar['list']|tojson }}
    - deep: {{ salt['pillar.get']('map:b:d:0') }}
