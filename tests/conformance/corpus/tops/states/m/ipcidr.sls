ipcidr:
  test.nop
