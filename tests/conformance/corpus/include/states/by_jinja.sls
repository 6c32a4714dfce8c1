include:
{% for name in ['leaf', 'tree'] %}
  - {{ name }}
{% endfor %}
{% if grains.os == 'RedHat' %}
  - nowhere
{% endif %}
own: test.nop
