motd:
  file.managed:
    - name: /etc/motd
    - contents: "{{ grains.fqdn }} ({{ grains.get('environment', 'unknown') }})"
