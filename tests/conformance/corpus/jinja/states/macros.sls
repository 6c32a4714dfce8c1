{% macro state(name, kind='nop') -%}
{{ name }}:
  test.{{ kind }}:
{%- for key, value in kwargs|dictsort %}
    - {{ key }}: {{ value }}
{%- endfor %}
    - extra: {{ varargs|join('-') }}
{%- endmacro %}
{{ state('first', 'nop', 'v1', 'v2', b=2, a=1) }}
{{ state('second') }}
{% macro wrap(id) %}
{{ id }}:
  test.nop:
    - body: {{ caller('x')|trim }}
{% endmacro %}
{% call(arg) wrap('third') %}called {{ arg }}{% endcall %}
