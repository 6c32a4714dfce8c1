include:
  - .server
