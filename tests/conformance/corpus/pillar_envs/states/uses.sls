a:
  test.nop:
    - from: {{ pillar['from'] }}
