base:
  '*':
    - common
    - web
  'os:Debian':
    - match: grain
    - debian
  'web*.prod.*':
    - prod
  'G@roles:db':
    - db
  'nomatch*':
    - db
