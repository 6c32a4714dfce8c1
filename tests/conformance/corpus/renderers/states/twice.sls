#!jinja|jinja|yaml
a {{ '{{ grains.os }}' }}: test.nop
