include:
  - .child
  - ..short
sub_init: test.nop
