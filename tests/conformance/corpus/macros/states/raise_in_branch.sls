{% if grains.os == 'Debian' %}
{{ raise("not on Debian") }}
{% endif %}
