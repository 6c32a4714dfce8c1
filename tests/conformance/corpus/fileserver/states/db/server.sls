server:
  pkg.installed:
    - name: {{ pillar.get('package', 'none') }}
