include:
  - postgres.install

{% for name, database in salt['pillar.get']('postgres:databases', {})|dictsort %}
postgres_user_{{ database.owner }}:
  postgres_user.present:
    - name: {{ database.owner }}
    - password: {{ database.password|yaml_dquote }}
    - require:
      - service: postgres_service

postgres_db_{{ name }}:
  postgres_database.present:
    - name: {{ name }}
    - owner: {{ database.owner }}
    - require:
      - postgres_user: postgres_user_{{ database.owner }}
{% endfor %}
