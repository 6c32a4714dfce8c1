#!py
def run():
    return {"base": {"*": ["plain"]}}
