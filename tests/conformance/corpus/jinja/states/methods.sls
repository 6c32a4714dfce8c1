{% set l = [1, 2] %}
{% do l.append(3) %}
{% do l.extend([4, 5]) %}
{% set d = {'a': 1} %}
{% do d.update({'b': 2}) %}
{% set alias = d %}
{% do alias.update({'c': 3}) %}
methods:
  test.nop:
    - list: {{ l }}
    - dict: {{ d }}
    - keys: {{ d.keys()|list }}
    - split: {{ 'a-b-c'.split('-')[1] }}
    - format: {{ '%s-%05.1f-%d' % ('x', 2.5, 3) }}
    - fmt: {{ '{0}/{name}'.format('x', name='y') }}
    - slice: {{ 'abcdef'[1:4] }} {{ l[::-1] }} {{ l[-2:] }}
    - starts: {{ 'abc'.startswith('a') }}
    - tern: {{ 'yes' if grains.num_cpus > 2 else 'no' }}
    - math: {{ 7 // 2 }} {{ 7 / 2 }} {{ 7 % 3 }} {{ 2 ** 10 }} {{ -7 // 2 }}
    - concat: {{ 1 ~ 'a' ~ none ~ true }}
    - compare: {{ 1 < 2 < 3 }} {{ 'a' in 'abc' }} {{ 4 not in l }}
    - logic: {{ none or 'fallback' }} {{ 0 and 1 }} {{ not [] }}
    - strip: {{ '  x '.strip() }}|
    - tuple: {{ (1, 'a') }}
    - none: {{ none }}
    - nested: {{ {'k': {'n': [none, 1.0]}} }}
