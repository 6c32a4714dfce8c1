#!yaml_jinja
old {{ grains.os }}: test.nop
