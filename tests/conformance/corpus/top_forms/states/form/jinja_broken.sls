base:
  '{{ nothing.here }}':
    - plain
