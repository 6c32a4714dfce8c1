x:
  test.nop:
    - y: {{ 'a'|nosuchfilter }}
