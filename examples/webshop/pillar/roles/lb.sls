haproxy:
  backends:
    - {name: web1, address: 10.20.0.11, port: 443}
    - {name: web2, address: 10.20.0.12, port: 443}
certs:
  domains:
    - shop.webshop.example
