{% from 'common/macros.jinja' import account with context %}

admin_group:
  group.present:
    - name: admins
    - system: true

{% for name, user in salt['pillar.get']('users', {})|dictsort %}
{{ account(name, user, groups=['admins'] if user.get('admin', false) else []) }}
{% endfor %}
