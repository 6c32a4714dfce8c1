include:
  - ..nowhere
beyond: test.nop
