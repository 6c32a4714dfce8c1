{% from 'map.jinja' import app, greet with context %}
{% import 'map.jinja' as map %}
{% import_yaml 'data.yaml' as data %}
{% import_json 'data.json' as jdata %}
{% import_text 'data.txt' as tdata %}
{% load_yaml as loaded %}
key: [1, two, 3.0]
nested: {a: yes}
{% endload %}
{{ app.pkg }}:
  pkg.installed:
    - greeting: {{ greet('me') }}
    - service: {{ map.app.service }}
    - port: {{ app.config.port|default(81) }}
    - yaml: {{ data.list|join(',') }}
    - json: {{ jdata.a.b }}
    - text: {{ tdata|trim }}
    - loaded: {{ loaded.key[1] }} {{ loaded.nested.a }}
    - tpl: {{ tpldir }} {{ tplfile }} {{ tpldot }} {{ slspath }} {{ sls }} {{ slsdotpath }} {{ slscolonpath }} {{ sls_path }}
