{% from "other.jinja" import via %}
{{ via("b") }}
