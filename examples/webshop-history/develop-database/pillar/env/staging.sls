environment: staging
webshop:
  database:
    host: db1.staging.webshop.example

