#!py
def run():
    return {"scalar": "py", "map": {"a": 0, "z": [1]}}
