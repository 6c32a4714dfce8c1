{% set certs = salt['pillar.get']('certs:domains', []) %}
certs_dir:
  file.directory:
    - name: /etc/ssl/webshop
    - mode: '0700'
{% for domain in certs %}
cert_{{ domain|replace('.', '_') }}:
  file.managed:
    - name: /etc/ssl/webshop/{{ domain }}.pem
    - source: salt://certs/files/{{ domain }}.pem
    - show_changes: false
    - require:
      - file: certs_dir
{% endfor %}
