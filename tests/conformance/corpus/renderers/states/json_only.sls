#!json
{"from json": {"test.nop": [{"n": 1.5}, {"t": [true, null, "x"]}, {"e": 1e3}]}}
