#!json
{"a": {"test.nop": []}, "a": {"test.succeed_without_changes": []}}
