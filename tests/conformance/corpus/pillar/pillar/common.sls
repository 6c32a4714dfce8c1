include:
  - parts.included:
      key: under:key
      defaults:
        given: 5
  - parts.plain
env: common
list: [a, b]
tree:
  left:
    value: 1
    only: common
pillar_seen: {{ pillar.get('env', 'empty') }}
grain: {{ grains.os }}
