x:
  test.nop:
    - y: {{ pillar.app.nope|default('z') }}
    - z: {{ grains.get('nope', 'w') }}
    - d: {{ 'def' if nope is defined else 'undef' }}
