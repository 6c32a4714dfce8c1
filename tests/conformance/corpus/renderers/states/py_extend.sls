#!py
def run():
    return {
        "include": ["default"],
        "extend": {"plain": {"test": [{"os": "other"}]}},
        "exclude": [{"id": "nothing"}],
    }
