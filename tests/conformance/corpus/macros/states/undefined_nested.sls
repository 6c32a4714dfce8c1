{% from "lib.jinja" import outer %}
{{ outer("b") }}
