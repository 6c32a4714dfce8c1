{% set ports = salt['pillar.get']('firewall:ports', [22]) %}
firewall_pkg:
  pkg.installed:
    - name: nftables

firewall_rules:
  file.managed:
    - name: /etc/nftables.conf
    - contents: |
        flush ruleset
        table inet filter {
          chain input {
            type filter hook input priority 0; policy drop;
            ct state established,related accept
            {%- for port in ports %}
            tcp dport {{ port }} accept
            {%- endfor %}
          }
        }
    - require:
      - pkg: firewall_pkg

firewall_service:
  service.running:
    - name: nftables
    - enable: true
    - watch:
      - file: firewall_rules
