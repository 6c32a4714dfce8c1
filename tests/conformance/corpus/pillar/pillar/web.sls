web:
  port: 443
  tls: yes
list: [c]
