{% if grains.os == 'Ubuntu' %}
ubuntu: test.nop
{% elif grains['os'] == 'CentOS' %}
centos: test.nop
{% else %}
other: test.nop
{% endif %}
{%- for host in pillar.app.hosts %}
host_{{ host }}_{{ loop.index }}_{{ loop.index0 }}_{{ loop.first }}_{{ loop.last }}_{{ loop.length }}_{{ loop.revindex }}:
  test.nop:
    - previous: {{ loop.previtem|default('none') }}
    - cycle: {{ loop.cycle('odd', 'even') }}
{%- else %}
nobody: test.nop
{%- endfor %}
{% for name, user in pillar['app']['users'].items() if user.uid > 1001 %}
user_{{ name }}:
  test.nop:
    - uid: {{ user.uid }}
    - shell: {{ user.get('shell', '/bin/bash') }}
{% endfor %}
