{% from 'nope.jinja' import x %}
x: test.nop
