#!json
{"scalar": "json", "n": [1, 2.5, null, true]}
