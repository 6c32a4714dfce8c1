nginx:
  port: 443
  worker_connections: 4096
  vhosts:
    shop.webshop.example:
      root: /srv/webshop/current/public
    static.webshop.example:
      root: /srv/webshop/static
      port: 8443
