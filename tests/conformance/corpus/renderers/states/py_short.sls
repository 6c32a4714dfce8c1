#!py
def run():
    return {"short": "test.nop"}
