#!json
{"base": {"*": ["plain", "other"]}}
