many:
  user.present:
    - names:
      - alice
      - bob:
        - shell: /bin/zsh
    - groups: [wheel]
