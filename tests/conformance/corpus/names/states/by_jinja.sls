vhosts:
  file.managed:
    - names:
{%- for host in pillar['vhosts'] %}
      - /etc/nginx/{{ host }}:
        - context: {host: {{ host }}, port: {{ pillar['port'] }}}
{%- endfor %}
