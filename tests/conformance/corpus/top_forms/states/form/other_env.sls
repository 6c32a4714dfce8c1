base:
  '*':
    - plain
    - dev: plain
    - nowhere: plain
