{% set common = pillar.get('common', {}) %}
common_packages:
  pkg.installed:
    - pkgs:
      {%- for name in common.get('packages', ['curl', 'vim', 'rsync']) %}
      - {{ name }}
      {%- endfor %}

{% if grains['os_family'] == 'Debian' %}
apt_transport:
  pkg.installed:
    - name: ca-certificates
    - require_in:
      - pkg: common_packages
{% endif %}
