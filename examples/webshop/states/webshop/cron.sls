{% set jobs = salt['pillar.get']('webshop:jobs', {}) %}
include:
  - webshop.source
{% for name, job in jobs|dictsort %}
webshop_job_{{ name }}:
  cron.present:
    - name: /srv/webshop/current/bin/{{ job.command }}
    - user: webshop
    - minute: '{{ job.get('minute', '*/5') }}'
    - require:
      - webshop_release: webshop_release
{% endfor %}
