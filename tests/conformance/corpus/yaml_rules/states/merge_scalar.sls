a:
  test.nop:
    - merged: {<<: text}
