include:
  - .packages
  - .users
  - .ssh
  - .time
  - .motd
