{% from "lib.jinja" import yaml_wrong %}
{{ yaml_wrong("b") }}
