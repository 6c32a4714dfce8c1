base:
  '{{ grains.nothing }}':
    - one
