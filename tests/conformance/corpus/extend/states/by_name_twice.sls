include: [base]
other-conf:
  file.managed:
    - name: /etc/nginx/nginx.conf
extend:
  /etc/nginx/nginx.conf:
    file:
      - mode: '0640'
