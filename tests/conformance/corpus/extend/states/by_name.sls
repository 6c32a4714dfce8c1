include: [base]
extend:
  /etc/nginx/nginx.conf:
    file:
      - mode: '0640'
  nginx:
    service:
      - enable: false
