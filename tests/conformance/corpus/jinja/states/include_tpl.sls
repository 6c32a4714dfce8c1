{% set who = 'included' %}
{% include 'part.jinja' %}
{% include 'missing.jinja' ignore missing %}
