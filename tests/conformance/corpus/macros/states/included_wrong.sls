{% include "part.jinja" %}
