{% from 'map.jinja' import nosuch %}
x{{ nosuch }}: test.nop
