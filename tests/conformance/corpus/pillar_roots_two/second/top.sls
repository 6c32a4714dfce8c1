base:
  '*':
    - never
