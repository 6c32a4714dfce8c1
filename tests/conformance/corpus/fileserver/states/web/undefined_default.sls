{% set defaults = {'RedHat': 'httpd'} %}
{% set name = salt['pillar.get']('apache:name', defaults[grains.os]) %}
apache:
  test.nop
