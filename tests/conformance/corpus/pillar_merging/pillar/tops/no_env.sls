'*':
  - one
