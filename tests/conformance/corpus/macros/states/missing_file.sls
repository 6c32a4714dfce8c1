{% from "nowhere.jinja" import ok %}
{{ ok("a") }}
