webshop:
  secret_key: not-a-real-secret
