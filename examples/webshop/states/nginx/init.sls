include:
  - nginx.install
  - nginx.config
  - nginx.vhosts
  - nginx.service
