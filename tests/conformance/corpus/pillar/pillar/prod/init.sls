env: prod
