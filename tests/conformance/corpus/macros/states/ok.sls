{% from "lib.jinja" import ok %}
{{ ok("a") }}
{{ ok("b") }}
