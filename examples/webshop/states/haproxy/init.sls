include:
  - haproxy.install
  - haproxy.config
