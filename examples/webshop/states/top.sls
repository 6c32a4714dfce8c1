base:
  '*':
    - common
    - firewall
    - monitoring
  'roles:web':
    - match: grain
    - nginx
    - webshop
  'roles:db':
    - match: grain
    - postgres
  'roles:cache':
    - match: grain
    - redis
  'G@roles:lb and G@environment:production':
    - haproxy
    - certs
