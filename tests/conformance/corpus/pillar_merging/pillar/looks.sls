seen: {{ pillar.get('scalar', 'nothing') }}
got: {{ salt['pillar.get']('scalar', 'nothing') }}
all: {{ pillar|tojson }}
grain: {{ grains.os }}
name: {{ sls }}
env: {{ saltenv }}
id: {{ opts.id }}
