{% from "broken.jinja" import a %}
{{ a() }}
