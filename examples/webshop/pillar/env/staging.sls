environment: staging
webshop:
  db:
    host: db1.staging.webshop.example

