{% from "lib.jinja" import called %}
{% call called() %}a: test.nop{% endcall %}
