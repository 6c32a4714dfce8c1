{% from './local.jinja' import value %}
deep_{{ value }}:
  test.nop:
    - where: {{ tpldir }} {{ tplfile }} {{ tpldot }} {{ slspath }} {{ sls }} {{ slsdotpath }} {{ slscolonpath }} {{ sls_path }}
