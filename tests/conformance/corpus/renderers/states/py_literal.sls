#!py
"""What this file is for."""
import os

PORT = 8080


def helper():
    return os.sep


def run():
    """Returns high data."""
    return {
        "include": ["default"],
        "py nginx": {"pkg.installed": [{"name": "nginx"}, {"require": [{"test": "plain"}]}]},
        "py port": {"test.nop": [{"port": PORT}, {"pair": (1, "two")}, {"none": None}, {"flag": True}]},
    }
