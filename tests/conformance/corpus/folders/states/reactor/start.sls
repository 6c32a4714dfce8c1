# Salt reads every SLS below the state roots as states; a reactor alone has `data`.
sync {{ data['id'] }}:
  test.nop
