base:
  '*':
    - circle_a
