# What the file server lists: SLS, files and folders, sorted, of all roots.
{% for sls in salt['cp.list_states']() %}
sls {{ sls }}:
  test.nop
{% endfor %}
{% for path in salt['cp.list_master'](prefix='web/') %}
file {{ path }}:
  test.nop
{% endfor %}
{% for path in salt.cp.list_master_dirs() %}
folder {{ path }}:
  test.nop
{% endfor %}
{% if 'web.modules.ssl' in salt['cp.list_states'](saltenv) %}
include:
  - web.modules.ssl
{% endif %}
none in another saltenv {{ salt['cp.list_states']('prod')|length }}:
  test.nop
