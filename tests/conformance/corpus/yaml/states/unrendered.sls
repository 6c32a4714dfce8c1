#!yaml
{{ x }}: y
