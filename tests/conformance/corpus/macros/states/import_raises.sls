{% import "raises_on_import.jinja" as it %}
a: test.nop
