compound default:
  test.nop
