ipcidr6:
  test.nop
