redis:
  bind: 0.0.0.0
  maxmemory: 1gb
