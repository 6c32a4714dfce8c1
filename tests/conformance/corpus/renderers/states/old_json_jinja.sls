#!json_jinja
{"old {{ grains.os }}": {"test.nop": []}}
