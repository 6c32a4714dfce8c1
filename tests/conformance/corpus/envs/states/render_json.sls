#!json
{"json_id": {"test.nop": [{"a": 1}]}}
