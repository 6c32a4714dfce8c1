name {{ given_by_the_includer }}:
  test.nop
