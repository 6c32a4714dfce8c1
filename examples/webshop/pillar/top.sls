base:
  '*':
    - common
    - users
    - firewall
  'roles:web':
    - match: grain
    - webshop
    - roles.web
  'roles:db':
    - match: grain
    - webshop
    - roles.db
  'roles:cache':
    - match: grain
    - roles.cache
  'roles:lb':
    - match: grain
    - roles.lb
  'environment:production':
    - match: grain
    - env.production
  'environment:staging':
    - match: grain
    - env.staging
