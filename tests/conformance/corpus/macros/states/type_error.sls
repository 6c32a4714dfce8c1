{% from "lib.jinja" import typed %}
{{ typed("b") }}
