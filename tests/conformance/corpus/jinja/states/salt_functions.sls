functions:
  test.nop:
    - get: {{ salt['pillar.get']('app:users:bob:shell') }}
    - getdef: {{ salt['pillar.get']('app:nope', 'def') }}
    - getmerge: {{ salt['pillar.get']('app:users', {'carol': {'uid': 1}}, merge=True)|dictsort|map('first')|join(',') }}
    - idx: {{ salt['pillar.get']('app:hosts:1') }}
    - grain: {{ salt['grains.get']('nested:a:b', 'z') }}
    - grain2: {{ salt.grains.get('os') }}
    - config: {{ salt['config.get']('app:port') }}
    - filterby: {{ salt['grains.filter_by']({'Ubuntu': 'u', 'default': 'd'}, grain='os') }}
    - merged: {{ salt['slsutil.merge']({'a': {'b': 1}}, {'a': {'c': 2}})|json }}
    - dm: {{ salt['defaults.merge']({'a': 1}, {'b': 2})|json }}
    - match: {{ salt['match.glob']('app*') }} {{ salt['match.compound']('G@os:Ubuntu and app1*') }}
    - dir: {{ salt['file.dirname']('/a/b/c') }}
    - join: {{ salt['file.join']('/a', 'b') }}
    - dotted: {{ salt.pillar.get('plain') }}
