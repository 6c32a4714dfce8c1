"""Loads YAML texts as Salt's YAML renderer does (or JSON texts, with the argument `json`); lists of
texts in, typed values or refusals out, both as JSON."""
import json
import re
import sys
from collections import OrderedDict

from salt.utils import yamlloader
from yaml import MarkedYAMLError, YAMLError


def loader(stream):
    return yamlloader.SaltYamlSafeLoader(stream, dictclass=OrderedDict)


def typed(value):
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["float", repr(value)]
    if isinstance(value, str):
        # Rust has no lone surrogates; JSON texts may
        return ["str", re.sub("[\ud800-\udfff]", "\ufffd", value)]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, (list, tuple)):
        return ["seq", [typed(item) for item in value]]
    if isinstance(value, dict):
        return ["map", [[typed(key), typed(item)] for key, item in value.items()]]
    if isinstance(value, (set, frozenset)):
        return ["set", sorted(json.dumps(typed(item), ensure_ascii=False) for item in value)]
    raise TypeError(type(value))


def load_json(text):
    try:
        return {"value": typed(json.loads(text))}
    except json.JSONDecodeError as exc:
        return {"problem": exc.msg, "line": exc.lineno - 1}
    except Exception as exc:  # int() and recursion errors are refusals too
        return {"problem": f"{type(exc).__name__}: {exc}", "line": None}


def load(text):
    try:
        return {"value": typed(yamlloader.load(text, Loader=loader))}
    except MarkedYAMLError as exc:
        mark = exc.problem_mark
        return {"problem": exc.problem, "context": exc.context, "line": mark.line if mark else None}
    except YAMLError as exc:
        return {"problem": str(exc).split("\n", maxsplit=1)[0], "line": None}
    except Exception as exc:  # int(), float() and recursion errors are refusals too
        return {"problem": f"{type(exc).__name__}: {exc}", "line": None}


if sys.argv[1:] == ["json"]:
    load = load_json
for line in sys.stdin:
    print(json.dumps([load(text) for text in json.loads(line)]), flush=True)
