{% for path in ['web/files', 'web/files/web.conf', 'web', 'db/server.sls', 'nope', 'web/files/'] %}
{{ path }}:
  test.nop:
    - file: {{ salt['slsutil.file_exists'](path) }}
    - folder: {{ salt['slsutil.dir_exists'](path) }}
    - any: {{ salt['slsutil.path_exists'](path) }}
{% endfor %}
up 1 {{ salt['slsutil.findup']('web/files', 'map.jinja') }}:
  test.nop
up 2 {{ salt['slsutil.findup'](tplfile, ['nope', 'plain.txt', 'files']) }}:
  test.nop
up 3 {{ salt['slsutil.findup']('', 'map.jinja') }}:
  test.nop
