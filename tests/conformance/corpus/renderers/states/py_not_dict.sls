#!py
def run():
    return ["a"]
