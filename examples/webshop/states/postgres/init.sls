include:
  - postgres.install
  - postgres.config
  - postgres.databases
  - postgres.backup
