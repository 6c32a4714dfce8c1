include: [chain_mid]
exclude:
  - chain_mid
