{% set version = salt['pillar.get']('version', 'latest') %}
drain:
  salt.function:
    - name: haproxy.disable_server
    - tgt: 'roles:lb'
    - tgt_type: grain
    - arg:
      - web1

deploy_{{ version }}:
  salt.state:
    - tgt: 'roles:web'
    - tgt_type: grain
    - sls:
      - webshop
      - webshop.migrate
    - require:
      - salt: drain
