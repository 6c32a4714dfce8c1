{% for item in [1, 2, 3, 4, 5] %}
{% if item == 2 %}{% continue %}{% endif %}
{% if item == 4 %}{% break %}{% endif %}
loop_{{ item }}: test.nop
{% endfor %}
{% for item in [{'n': 'a', 'c': [{'n': 'b', 'c': []}]}] recursive %}
rec_{{ item.n }}_{{ loop.depth }}: test.nop
{{ loop(item.c) }}
{% endfor %}
{% for k, v in {'x': 1, 'y': 2}|dictsort %}
pair_{{ k }}{{ v }}: test.nop
{% endfor %}
