{% from "lib.jinja" import called %}
{{ called() }}
