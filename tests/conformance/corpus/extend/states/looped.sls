include: [base]
{% for mode in ['0600', '0700'] %}
try_{{ mode }}:
  test.nop:
    - require:
      - file: web-conf
{% endfor %}
extend:
  web-conf:
    file:
      - context:
          port: {{ pillar['port'] }}
