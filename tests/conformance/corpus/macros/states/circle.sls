{% import "circle_a.jinja" as a %}
a: test.nop
