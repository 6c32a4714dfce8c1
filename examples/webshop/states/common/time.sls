{% set servers = salt['pillar.get']('ntp:servers', ['0.pool.ntp.org']) %}
chrony:
  pkg.installed: []
  service.running:
    - name: {{ 'chrony' if grains.os_family == 'Debian' else 'chronyd' }}
    - enable: true
    - watch:
      - file: chrony_sources

chrony_sources:
  file.managed:
    - name: /etc/chrony/sources.d/webshop.sources
    - makedirs: true
    - contents: |
        {%- for server in servers %}
        server {{ server }} iburst
        {%- endfor %}
    - require:
      - pkg: chrony
