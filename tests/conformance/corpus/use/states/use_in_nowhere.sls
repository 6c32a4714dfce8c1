a:
  file.managed:
    - user: x
    - use_in:
      - file: nowhere
