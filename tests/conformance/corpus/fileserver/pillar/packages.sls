package: postgresql
