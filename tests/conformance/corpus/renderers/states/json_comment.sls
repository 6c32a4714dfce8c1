#!json
# not JSON
{"a": {"test.nop": []}}
