include:
  - form.part
base:
  '*':
    - plain
