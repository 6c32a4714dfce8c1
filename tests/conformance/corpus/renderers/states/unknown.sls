#!jinja|ymal
a: test.nop
