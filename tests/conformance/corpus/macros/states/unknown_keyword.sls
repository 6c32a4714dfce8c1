{% from "lib.jinja" import ok %}
{{ ok(nome="a") }}
