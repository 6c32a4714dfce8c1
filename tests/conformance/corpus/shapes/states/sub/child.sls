include:
  - .other
sub_child: test.nop
