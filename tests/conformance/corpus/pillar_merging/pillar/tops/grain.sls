base:
  'os:Debian':
    - match: grain
    - one
  'G@roles:db':
    - two
  'P@os:Deb.*':
    - three
