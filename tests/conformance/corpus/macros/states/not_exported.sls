{% import "lib.jinja" as lib %}
{{ lib.nowhere("a") }}
