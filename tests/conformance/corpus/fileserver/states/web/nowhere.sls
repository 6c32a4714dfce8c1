{{ salt['slsutil.findup']('web/files', 'nope') }}:
  test.nop
