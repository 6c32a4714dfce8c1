"""What both modes of `run` need: asking real Salt and saltflow, and saying how their answers differ."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent


def oracle(root, profile, state_roots, pillar_roots, pillar_file, extra=None):
    """What Salt makes of a tree; roots are folders by saltenv, relative to `root` (oracle.py has the answer's form)."""
    request = {
        "root": str(root),
        "file_roots": {env: [str(root / r) for r in roots] for env, roots in state_roots.items()},
        "pillar_roots": {env: [str(root / r) for r in roots] for env, roots in pillar_roots.items()},
        "profile": profile,
    }
    if pillar_file:
        request["pillar_file"] = str(root / pillar_file)
    request.update(extra or {})
    python = os.environ.get("SALTFLOW_ORACLE_PYTHON")
    if not python:
        sys.exit("conformance: set SALTFLOW_ORACLE_PYTHON to a Python that has Salt (tests/run does)")
    done = subprocess.run(
        [python, str(HERE / "oracle.py")], input=json.dumps(request), capture_output=True, text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"}, timeout=900,
    )
    if done.returncode != 0:
        sys.exit(f"conformance: the oracle failed on {root}:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def saltflow(root, arguments):
    binary = os.environ.get("SALTFLOW_BINARY") or str(TOP / "target" / "debug" / "saltflow")
    done = subprocess.run([binary, "-C", str(root), *arguments], capture_output=True, text=True, timeout=300)
    if not done.stdout.strip():
        sys.exit(f"conformance: saltflow {' '.join(arguments)} in {root} gave nothing:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def state_of(state):
    return {
        "module": state["module"],
        "function": state["function"],
        "args": {json.dumps(a["name"]): {"unknown": True} if a.get("unknown") else a.get("value") for a in state["args"]},
        "requisites": [
            {"kind": r["kind"], "targets": [{"module": t.get("module"), "name": t["name"]} for t in r["targets"]]}
            for r in state["requisites"]
        ],
    }


def declared(ids):
    return [{"id": i["id"], "states": [state_of(s) for s in i["states"]]} for i in ids]


def alike(ours, salts):
    """Whether two values are equal where saltflow's is known."""
    if ours == {"unknown": True}:
        return True
    if isinstance(ours, dict) and isinstance(salts, dict):
        return ours.keys() == salts.keys() and all(alike(ours[k], salts[k]) for k in ours)
    if isinstance(ours, list) and isinstance(salts, list):
        return len(ours) == len(salts) and all(map(alike, ours, salts))
    return ours == salts


def first_difference(ours, salts, path=""):
    """Where two values differ first, as a line."""
    if isinstance(ours, dict) and isinstance(salts, dict) and ours.keys() == salts.keys():
        pairs = [(f"{path}.{k}", ours[k], salts[k]) for k in ours]
    elif isinstance(ours, list) and isinstance(salts, list) and len(ours) == len(salts):
        pairs = [(f"{path}[{n}]", a, b) for n, (a, b) in enumerate(zip(ours, salts))]
    else:
        return f"{path}: saltflow {json.dumps(ours)[:300]}\n{'':14}Salt     {json.dumps(salts)[:300]}"
    return next((first_difference(a, b, p) for p, a, b in pairs if not alike(a, b)), f"{path}: only unknown")


def covers(pattern, name):
    """Whether an ID of `show` stands for the ID `name`."""
    parts = re.split(r"(\\\*|\*)", pattern)
    regex = "".join({"*": ".*", "\\*": r"\*"}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(regex, name, re.DOTALL) is not None


def uncovered(ours, salts):
    """IDs of Salt's that nothing in `show` with nothing known stands for, as lines."""
    if not salts["rendered"]:
        return []
    own = ours["ids"]
    missing = [
        i["id"] for i in salts["ids"]
        if not any(o["id"] == i["id"] or o["pattern"] and covers(o["id"], str(i["id"])) for o in own)
    ]
    return [f"not covered: {json.dumps(missing)[:300]}"] if missing else []


def differences(ours, salts, equal=lambda a, b: a == b):
    """What differs between one SLS of `show` and the oracle's, as lines."""
    # `show_sls` accepts what a run refuses: extensions are verified only when they are carried out.
    refused = salts["refused"] or salts.get("compiled", {}).get("errors")
    if salts["rendered"] and not refused and not ours["ok"]:
        return ["saltflow refuses what Salt accepts: " + "; ".join(e["message"] for e in ours["errors"][:3])]
    if refused and not ours["ok"]:
        return []
    if salts["errors"]:
        if ours["ok"]:
            return [f"Salt refuses, saltflow does not: {salts['errors'][0].splitlines()[0][:200]}"]
        return []
    found = []
    for name, a, b in (
        ("ids", declared(ours["ids"]), declared(salts["ids"])),
        ("extends", declared(ours["extends"]), declared(salts["extends"])),
        ("includes", ours["includes"], salts["includes"]),
        # a bare text excludes an SLS (`State.apply_exclude`)
        ("excludes", ours["excludes"], [{"sls": e} if isinstance(e, str) else e for e in salts["excludes"]]),
    ):
        if not equal(a, b):
            for x, y in zip(a, b):
                if not equal(x, y):
                    label = x.get("id", "") if isinstance(x, dict) else ""
                    found.append(f"{name}: {label}{first_difference(x, y)}")
                    break
            else:
                found.append(f"{name}: saltflow has {len(a)}, Salt {len(b)}: {json.dumps((a[len(b):] or b[len(a):])[:2])[:400]}")
    return found


def salt_version():
    """The version of the Salt that is asked."""
    python = os.environ.get("SALTFLOW_ORACLE_PYTHON") or sys.exit("conformance: set SALTFLOW_ORACLE_PYTHON")
    code = "import salt.version; print(salt.version.__version__)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
