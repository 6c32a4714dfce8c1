{% import "lib.jinja" as lib %}
{{ lib.divides(0) }}: test.nop
