#!yaml_jinja
old_{{ 'name' }}: test.nop
