#!py
def run():
    config = {}
    config["first"] = {"test.nop": []}
    config["second"] = {"test": ["nop", {"x": -1}]}
    config["second"]["file"] = ["absent", {"name": "/tmp/x"}]
    return config
