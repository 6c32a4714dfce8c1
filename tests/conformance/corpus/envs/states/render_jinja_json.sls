#!jinja|json
{"json_{{ 1 + 1 }}": {"test.nop": [{"a": [true, null]}]}}
