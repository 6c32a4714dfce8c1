web-packages:
  pkg.installed:
    - names: [nginx, openssl]
    - refresh: true
web-conf:
  file.managed:
    - name: /etc/nginx/nginx.conf
    - source: salt://nginx.conf
    - mode: '0644'
    - require:
      - pkg: web-packages
web-service:
  service.running:
    - name: nginx
    - enable: true
both:
  pkg.installed: []
  file.absent:
    - name: /tmp/both
short: test.nop
