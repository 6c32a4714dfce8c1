{% set base = 'salt://web/files/' %}
{% for name in ['web.conf', 'plain.txt', 'nope.conf'] %}
{% if salt['cp.cache_file'](base ~ name) %}
there {{ name }}:
  file.managed:
    - name: /etc/{{ name }}
    - contents: {{ salt['cp.get_file_str'](base ~ name)|yaml_dquote }}
{% else %}
not there {{ name }}:
  test.nop:
    - cached: {{ salt['cp.cache_file'](base ~ name) }}
    - text: {{ salt['cp.get_file_str'](base ~ name) }}
{% endif %}
{% endfor %}
folder with {{ salt['cp.cache_dir']('salt://web/files')|length }} files, {{ salt['cp.cache_dir']('salt://nope')|length }}:
  test.nop
other saltenv {{ salt['cp.cache_file'](base ~ 'web.conf?saltenv=prod') }}:
  test.nop
{% import_yaml 'web/files/empty.yaml' as empty %}
{% load_yaml as false_things %}
dict: {}
{% endload %}
{% load_yaml as nothing %}{% endload %}
{% load_yaml as zero %}0{% endload %}
{% load_yaml as text %}''{% endload %}
loaded:
  test.nop:
    - empty: {{ empty|json }}
    - keys: {{ empty.keys()|list|length }}
    - falsy: {{ false_things|json }}
    - nothing: {{ nothing|json }}
    - zero: {{ zero|json }}
    - text: {{ text|json }}
