{% set x = 1 %}
{% for i in range(3) %}{% set x = i %}{% endfor %}
{% set ns = namespace(total=0) %}
{% for i in range(4) %}{% set ns.total = ns.total + i %}{% endfor %}
{% set a, b = 'one', 'two' %}
{% set block %}captured {{ a }}{% endset %}
{% with c = a ~ b %}
scope_{{ x }}_{{ ns.total }}_{{ a }}_{{ c }}:
  test.nop:
    - block: {{ block }}
{% endwith %}
