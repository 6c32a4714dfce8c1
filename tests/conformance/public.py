"""Any Salt tree under a profile: `saltflow show`, `pillar` and `check` beside real Salt.

Compared are the SLS that Salt renders without asking the machine or the network: IDs, functions, argument
names and values where saltflow knows them. Counted beside them:

    asks the system    SLS that call a function which asks the machine, or one that Salt does not have, or are Python
    refused, told      SLS that Salt refuses for a reason in their own file, and how many of those have an error there
    false errors       errors of `check` in files of which Salt accepts and compiles every SLS

The merged pillar is compared where pillar roots or a pillar file say what it is.
"""

import json
import re
from pathlib import Path

from judge import alike, differences, first_difference, oracle, saltflow, uncovered

# Execution functions whose answer follows from the tree, the profile and the arguments; any other one asks the system.
PURE_MODULES = {"pillar", "grains", "config", "slsutil", "defaults", "match", "log", "hashutil", "dictutil", "out"}
PURE = {
    "cp.list_states", "cp.list_master", "cp.list_master_dirs", "cp.get_file_str", "cp.cache_file", "cp.cache_dir",
    "file.join", "file.dirname", "file.basename", "pkg.version_cmp", "test.true_", "test.false_", "test.echo",
    "network.convert_cidr", "network.reverse_ip", "network.is_private", "network.is_loopback", "network.calc_net",
    "network.in_subnet", "network.ip_in_subnet", "jinja.load_map",
}
PYTHON = re.compile(r"#!.*\b(py|pyobjects|pydsl|mako|wempy|stateconf|cheetah|genshi)\b")


def impure(answer):
    """The functions called that ask the machine."""
    return [name for name in answer.get("called", []) if name not in PURE and name.split(".")[0] not in PURE_MODULES]


def asks_the_system(path, answer):
    """Whether rendering this SLS asked the machine, the network or a function that Salt does not have, or is Python."""
    if path and path.is_file():
        with path.open(encoding="utf-8", errors="replace") as file:
            if PYTHON.match(file.readline()):
                return True
    errors = " ".join(answer["errors"])
    missing = "AliasedLoader object' has no attribute" in errors or re.search(r"Jinja error: '\w+\.\w+'", errors)
    return bool(answer.get("asked_system") or missing or impure(answer) or "the oracle refuses" in errors)


def keys(value):
    """A value's mapping keys, nested."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [keys(inner) for inner in value]
    return None


def false_errors(root, arguments, salts, compile_sls):
    """The files with an error-level finding, and those findings in files whose every SLS Salt accepts, as lines.

    What a run refuses though `state.show_sls` does not is no false error: `compile_sls` asks Salt.
    """
    names, accepted = {}, {}
    for name, answer in salts["sls"].items():
        path = salts["paths"].get(name)
        names.setdefault(path, []).append(name)
        accepted[path] = accepted.get(path, True) and not answer["refused"]
    checked = saltflow(root, ["check", "--no-drift", "--fail-on", "none", *arguments[3:]])
    found = [d for d in checked["diagnostics"] if d["severity"] == "error"]
    doubtful = sorted({d["path"] for d in found if accepted.get(d["path"])})
    runs = compile_sls([name for path in doubtful for name in names[path]])["sls"] if doubtful else {}
    fine = {path for path in doubtful if not any(runs[n].get("compiled", {}).get("errors") for n in names[path])}
    wrong = [f"{d['path']}: {d['code']}: {d['message']}" for d in found if d["path"] in fine]
    return {d["path"] for d in found}, sorted(set(wrong))


def pillar_lines(ours, salts):
    """How the merged pillars differ, as lines."""
    if keys(ours.get("pillar")) != keys(salts["pillar"]):
        return [f"pillar{first_difference(ours.get('pillar'), salts['pillar'])}"]
    if bool(ours.get("errors")) != bool(salts["pillar_errors"]):
        return [f"pillar errors: saltflow {json.dumps(ours.get('errors'))[:400]}\n{'':14}Salt     {salts['pillar_errors']}"]
    return []


def compare(label, root, profile_file, state_roots, pillar_roots, pillar_file, verbose, nothing_known=False):
    """Compares a tree and prints a table; what it counted."""
    profile = json.loads(Path(profile_file).read_text()) if profile_file else {"id": "minion", "grains": {}}
    def ask(extra=None):
        return oracle(root, profile, {"base": state_roots}, {"base": pillar_roots}, pillar_file, extra)

    salts = ask()
    arguments = ["show", "--all", "--reveal", "--format", "json"]
    if profile_file and not nothing_known:
        arguments += ["--minion", str(Path(profile_file).resolve())]
    for flag, values in (("--state-root", state_roots), ("--pillar-root", pillar_roots)):
        for value in values:
            arguments += [flag, value]
    if pillar_file and not nothing_known:
        arguments += ["--pillar-file", pillar_file]
    ours = saltflow(root, arguments)
    wanted = ("compared", "equal", "unexplained", "with unknown values", "asks the system", "pillar", "refused", "told", "false errors")
    table = dict.fromkeys(wanted, 0)
    lines = []
    told, wrong = set(), []
    if not nothing_known:
        told, wrong = false_errors(root, arguments, salts, lambda sls: ask({"sls": sls, "low": True}))
    lines += [f"  UNEXPLAINED {label}: error on what Salt accepts: {line}" for line in wrong]
    table["false errors"] = len(wrong)
    for name, answer in sorted(salts["sls"].items()):
        path, mine = salts["paths"].get(name), ours["sls"].get(name)
        if "/pillar/" in f"/{answer['path']}":
            table["pillar"] += 1
            continue
        if asks_the_system(root / path if path else None, answer):
            table["asks the system"] += 1
            continue
        if answer["refused"]:
            if not nothing_known and (answer["errors"] or path in answer["refused_in"]):
                table["refused"] += 1
                if path in told or (mine and not mine["ok"]):
                    table["told"] += 1
                else:
                    lines.append(f"  not told    {label}:{name}: {answer['refused'][0].splitlines()[0][:200]}")
            if answer["errors"] or not answer["rendered"]:
                continue
        table["compared"] += 1
        if mine is None:
            found = ["saltflow does not list it"]
        elif nothing_known:
            found = uncovered(mine, answer)
        else:
            found = differences(mine, answer, alike)
            table["with unknown values"] += bool(not found and differences(mine, answer))
        if not found:
            table["equal"] += 1
        else:
            table["unexplained"] += 1
            lines.extend(f"  UNEXPLAINED {label}:{name}: {line}" for line in found)
    for name in sorted(set(ours["sls"]) - set(salts["sls"]) - {"top"}):
        lines.append(f"  UNEXPLAINED {label}:{name}: Salt does not list it")
        table["unexplained"] += 1
    if (pillar_roots or pillar_file) and not nothing_known and profile.get("pillar") is None:
        found = pillar_lines(saltflow(root, ["pillar", *arguments[2:]]), salts)
        table["pillar keys equal"] = "no" if found else "yes"
        table["unexplained"] += bool(found)
        lines.extend(f"  UNEXPLAINED {label}: {line}" for line in found)
    print(f"{label:40}" + "".join(f"{k}: {v:<6}" for k, v in table.items() if v or k in ("compared", "equal", "unexplained")))
    if verbose or lines:
        print("\n".join(lines))
    table["unexplained"] += len(wrong)
    return table
