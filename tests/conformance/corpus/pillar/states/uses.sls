{% set web = salt['pillar.get']('web', {}) %}
uses:
  test.nop:
    - port: {{ web.port }}
    - list: {{ pillar['list']|join(',') }}
    - env: {{ pillar['env'] }}
    - deep: {{ salt['pillar.get']('tree:left:value') }}
    - right: {{ salt['pillar.get']('tree:right:value', 'none') }}
    - sub: {{ pillar['under']['key']['from_include'] }}
