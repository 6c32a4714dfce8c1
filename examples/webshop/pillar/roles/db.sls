postgres:
  listen: '*'
  max_connections: 300
  backup:
    hour: 2
    keep_days: 30
  databases:
    webshop:
      owner: webshop
      password: not-a-real-password
