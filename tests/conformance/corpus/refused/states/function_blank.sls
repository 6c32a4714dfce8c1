a:
  test:
    - nop with blanks
