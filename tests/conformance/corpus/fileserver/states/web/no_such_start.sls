{{ salt['slsutil.findup']('nope', 'map.jinja') }}:
  test.nop
