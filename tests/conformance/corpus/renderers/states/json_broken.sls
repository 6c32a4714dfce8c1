#!json
{"a": {"test.nop": [}}
