base:
  '*':
    - plain
   - other
