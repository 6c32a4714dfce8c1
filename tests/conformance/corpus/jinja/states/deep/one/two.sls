{% set tplroot = tpldir.split('/')[0] %}
{% from tplroot ~ '/one/local.jinja' import value with context %}
two_{{ value }}_{{ tplroot }}:
  test.nop:
    - where: {{ tpldir }} {{ tplfile }} {{ tpldot }} {{ slspath }} {{ sls }}
