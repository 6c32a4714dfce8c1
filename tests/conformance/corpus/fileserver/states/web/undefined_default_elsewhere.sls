{% set defaults = {'RedHat': 'httpd'} %}
{% set name = salt['grains.get']('apache:name', defaults[grains.os]) %}
{% set other = salt['config.get']('apache:name', defaults[grains.os]) %}
apache:
  test.nop
