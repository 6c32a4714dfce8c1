base:
  '*': [common]
dev:
  'web*': [own]
