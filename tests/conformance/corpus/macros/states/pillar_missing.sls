{% import "lib.jinja" as lib with context %}
{{ lib.needs("nope") }}
