base:
  '*':
    - inc_text
