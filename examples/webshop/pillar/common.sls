managed_by: managed by Salt, changes are overwritten
common:
  packages:
    - curl
    - htop
    - rsync
    - vim
ntp:
  servers:
    - 0.de.pool.ntp.org
    - 1.de.pool.ntp.org
ssh:
  allow_groups: [admins]
