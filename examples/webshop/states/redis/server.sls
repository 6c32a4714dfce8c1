{% set redis = salt['pillar.get']('redis', {}) %}
redis_pkg:
  pkg.installed:
    - name: {{ 'redis-server' if grains['os_family'] == 'Debian' else 'redis' }}

redis_config:
  file.managed:
    - name: /etc/redis/redis.conf
    - contents: |
        bind {{ redis.get('bind', '127.0.0.1') }}
        maxmemory {{ redis.get('maxmemory', '256mb') }}
        maxmemory-policy allkeys-lru
    - require:
      - pkg: redis_pkg

redis_service:
  service.running:
    - name: {{ 'redis-server' if grains['os_family'] == 'Debian' else 'redis' }}
    - enable: true
    - watch:
      - file: redis_config
