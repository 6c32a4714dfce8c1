base:
  '*':
    - plain
    - subfilter:
        'web*':
          - other
        'db*':
          - web
