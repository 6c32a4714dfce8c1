a:
  file.managed:
    - use:
      - file: nowhere
