{% if grains.nope %}
x: test.nop
{% endif %}
