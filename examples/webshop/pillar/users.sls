users:
  ada:
    fullname: Ada Example
    admin: true
    ssh_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleKeyOfAdaThatOpensNothing ada@webshop
  grace:
    fullname: Grace Example
    shell: /bin/zsh
