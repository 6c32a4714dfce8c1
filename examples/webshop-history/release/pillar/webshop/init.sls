include:
  - webshop.secrets

webshop:
  version: 1.5.0
  database:
    host: db1.prod.webshop.example
    name: webshop
  cache:
    host: cache1.prod.webshop.example
  jobs:
    stock:
      command: update-stock
    invoices:
      command: send-invoices
      minute: '0'
