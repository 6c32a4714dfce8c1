base:
  - '*':
    - plain
