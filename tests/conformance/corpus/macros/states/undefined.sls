{% from "lib.jinja" import wrong %}
a: test.nop
{{ wrong("b") }}
