a:
  test.nop:
    - onfail_all: [{test: nowhere}]
