#!jinja|json
{
{%- for role in grains.roles %}
 "{{ role }}": {"test.nop": [{"n": {{ loop.index }}}]}{{ "," if not loop.last }}
{%- endfor %}
}
