base:
  'web*': &all
    - plain
    - other
  'db*': *all
