{% from "../../../lib.jinja" import ok %}
{{ ok("x") }}
