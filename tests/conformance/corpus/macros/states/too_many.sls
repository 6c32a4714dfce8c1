{% from "lib.jinja" import ok %}
{{ ok("a", "b") }}
