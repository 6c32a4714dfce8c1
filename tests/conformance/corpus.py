"""The corpus that is written for this project: every file of it must be as real Salt has it.

A case is a folder of `corpus/`:

    states/             the state root; `dev/` and other folders as `case.json` says
    pillar/             the pillar root (optional)
    profile.json        the minion for whom all is compared
    minions/*.json      further minions: their top matches and pillars are compared (optional)
    case.json           {"states": {ENV: [DIR]}, "pillars": {ENV: [DIR]}, "saltenv": ENV, "sls": [NAME]} (optional;
                        "sls": only these)
    explained.json      what may differ, and why (optional): {NAME: REASON}, or {NAME: {VERSION: REASON}} for
                        one Salt version; NAME is an SLS, `top`, `pillar` or `MINION:top`, `MINION:pillar`

Compared are, for each SLS: what the file declares (`show`), high data (`show --merged`), low chunks and
their order (`show --low`), and what Salt refuses: each of its errors must be among saltflow's, in the
file that Salt names (or the SLS that it was rendering) and in Salt's words. "compiled" counts the SLS
that Salt compiles to low chunks, "refused" those that it refuses. For each minion: the top matches of
states and pillar, and the merged pillar with its values.
"""

import json
import re
import tempfile
from pathlib import Path

from judge import HERE, salt_version, differences, first_difference, oracle, saltflow
from refusals import unsaid

COLUMNS = ("compared", "equal", "explained", "unexplained", "compiled", "refused", "tops", "pillars")


class Case:
    """One folder of the corpus."""

    def __init__(self, folder):
        self.name, self.root = folder.name, folder
        options = self.read("case.json") or {}
        self.states = options.get("states") or {"base": ["states"]}
        self.pillars = options.get("pillars") or ({"base": ["pillar"]} if (folder / "pillar").is_dir() else {})
        self.saltenv = options.get("saltenv")
        self.only = options.get("sls")
        self.explained = self.read("explained.json") or {}
        self.profile = folder / "profile.json"
        self.minions = {path.stem: path for path in sorted((folder / "minions").glob("*.json"))}

    def read(self, name):
        path = self.root / name
        return json.loads(path.read_text()) if path.exists() else None

    def ask_salt(self):
        minions = {name: json.loads(path.read_text()) for name, path in self.minions.items()}
        extra = {"low": True, "minions": minions, "saltenv": self.saltenv, "sls": self.only}
        return oracle(self.root, json.loads(self.profile.read_text()), self.states, self.pillars, None, extra)

    def arguments(self, minion, config):
        """What every command of saltflow is given."""
        words = ["--reveal", "--format", "json", "--config", config, "--minion", str(minion)]
        for flag, roots in (("--state-root", self.states), ("--pillar-root", self.pillars)):
            for env, folders in roots.items():
                for folder in folders:
                    words += [flag, f"{env}={folder}"]
        return words + (["--saltenv", self.saltenv] if self.saltenv else [])

    def reason(self, name, version):
        """Why `name` may differ from that Salt version."""
        reason = self.explained.get(name)
        return reason.get(version.split(".")[0]) if isinstance(reason, dict) else reason


def same(a, b):
    """Whether two values are the same; unlike in Python, `1`, `1.0` and `true` are not."""
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def strict(a, b):
    """Where two values differ first, their types included."""
    found = first_difference(a, b)
    return f": types in saltflow {json.dumps(a)[:300]}, Salt {json.dumps(b)[:300]}" if found.endswith("only unknown") else found


def compiled(high, low, salts, paths):
    """What differs between `show --merged` and `--low` of one SLS and Salt's state compiler, as lines."""
    refused = salts["errors"]
    for mine, flag in ((high, "--merged"), (low, "--low")):
        if mine["ok"] == bool(refused):
            own = "; ".join(e["message"] for e in mine["errors"][:2])
            return [f"{flag}: saltflow {'accepts' if mine['ok'] else 'refuses'} ({own}), Salt says {refused[:2]}"]
    if refused:
        return [f"--merged: {line}" for line in unsaid(high["errors"], refused, paths)]
    found = []
    if high["partial"] or low["partial"]:
        found.append("--merged: partial, though the profile is known")
    if list(high["high"]) != list(salts["high"]):
        found.append(f"--merged: IDs {list(high['high'])}, Salt {list(salts['high'])}")
    elif not same(high["high"], salts["high"]):
        found.append(f"--merged{strict(high['high'], salts['high'])}")
    if [c["__id__"] for c in low["low"]] != [c["__id__"] for c in salts["low"]]:
        found.append(f"--low: order {[c['__id__'] for c in low['low']]}, Salt {[c['__id__'] for c in salts['low']]}")
    else:
        for mine, theirs in zip(low["low"], salts["low"]):
            if not same(mine, theirs):
                order = {k: mine[k] for k in theirs if k in mine} | mine
                found.append(f"--low: {mine['__id__']}{strict(order, theirs)}")
                break
    return found


def tops(mine, salts, paths):
    """What differs between `saltflow top` and Salt's top matches, as lines."""
    found = []
    for side in ("states", "pillar"):
        theirs = salts[side]
        if theirs is not None and json.dumps(mine[side]) != json.dumps(theirs):
            found.append(f"{side}: saltflow {json.dumps(mine[side])}\n{'':14}Salt     {json.dumps(theirs)}")
    if bool(mine["errors"]) != bool(salts["errors"]):
        found.append(f"saltflow says {[e['message'] for e in mine['errors']]}, Salt {salts['errors']}")
    return found or unsaid(mine["errors"], salts["errors"], paths)


def pillars(mine, salts, errors, paths):
    """What differs between `saltflow pillar` and Salt's compiled pillar, as lines; the order of keys counts."""
    found = []
    if json.dumps(mine["pillar"]) != json.dumps(salts):
        found.append(f"saltflow {json.dumps(mine['pillar'])[:800]}\n{'':14}Salt     {json.dumps(salts)[:800]}")
    if mine["partial"]:
        found.append("partial, though the profile is known")
    if mine["ok"] == bool(errors):
        found.append(f"saltflow says {[e['message'] for e in mine['errors']]}, Salt {errors}")
    return found or unsaid(mine["errors"], errors, paths)


class Table:
    """The counts of one case, and the lines that explain them."""

    def __init__(self, case, version):
        self.case, self.version = case, version
        self.counts, self.lines = dict.fromkeys(COLUMNS, 0), []

    def judge(self, name, found):
        """Counts one thing compared; `found`: what differs."""
        self.counts["compared"] += 1
        reason = self.case.reason(name, self.version)
        if not found and not reason:
            self.counts["equal"] += 1
        elif reason and found:
            self.counts["explained"] += 1
            self.lines.append(f"  explained   {self.case.name}:{name}: {reason}")
        else:
            self.counts["unexplained"] += 1
            found = found or [f"equal, though explained.json says: {reason}"]
            self.lines.extend(f"  UNEXPLAINED {self.case.name}:{name}: {line}" for line in found)

    def show(self, verbose):
        print(row(self.case.name, self.counts))
        if self.lines and (verbose or self.counts["unexplained"]):
            print("\n".join(self.lines))


def row(label, counts):
    return f"{label:20}" + "".join(f"{key}: {counts[key]:<6}" for key in COLUMNS)


def unrenderable(answer):
    """Why Salt cannot render an SLS without the system that it is meant for; `None`: it can, or refuses it."""
    text = " ".join(answer["errors"])
    if answer.get("asked_system"):
        return f"asks the system ({', '.join(answer['asked_system'])})"
    found = re.search(r"AliasedLoader object' has no attribute '([\w.]+)'", text)
    return f"calls a function of the module {found[1]}, which Salt does not load here" if found else None


def compare(case, config, unrendered=None):
    """Judges a case. With `unrendered` SLS that need another system are put there instead of being compared."""
    salts = case.ask_salt()
    table = Table(case, salts["salt"])
    paths = salts["paths"]
    words = case.arguments(case.profile, config)
    shown = case.only or ["--all"]
    ours = saltflow(case.root, ["show", *shown, *words])["sls"]
    high = saltflow(case.root, ["show", *shown, "--merged", *words])["sls"]
    low = saltflow(case.root, ["show", *shown, "--low", *words])["sls"]
    for name, answer in sorted(salts["sls"].items()):
        reason = unrenderable(answer) if unrendered is not None else None
        if reason:
            unrendered.append((case.name, name, reason))
            continue
        if name not in ours:
            table.judge(name, ["saltflow does not list it"])
            continue
        found = differences(ours[name], answer, same)
        if not found:
            found = compiled(high[name], low[name], answer["compiled"], paths)
        table.counts["refused" if answer["compiled"]["errors"] else "compiled"] += not found
        table.judge(name, found)
    for name in sorted(set(ours) - set(salts["sls"]) - {"top"}):
        if unrendered is not None and any(name == other for _, other, _ in unrendered):
            continue
        table.judge(name, ["Salt does not list it"])
    minions = {"": (case.profile, salts)} | {name: (path, salts["minions"][name]) for name, path in case.minions.items()}
    for name, (path, answer) in minions.items():
        words, label = case.arguments(path, config), f"{name}:" if name else ""
        if answer["top"]["states"] is not None and not case.only:
            table.judge(f"{label}top", tops(saltflow(case.root, ["top", *words]), answer["top"], paths))
            table.counts["tops"] += 1
        if answer["pillar_compiled"]:
            mine = saltflow(case.root, ["pillar", *words])
            table.judge(f"{label}pillar", pillars(mine, answer["pillar"], answer["pillar_errors"], paths))
            table.counts["pillars"] += 1
    return table


def cases(only):
    """The cases, or those named."""
    found = [Case(folder) for folder in sorted((HERE / "corpus").iterdir()) if (folder / "profile.json").exists()]
    return [case for case in found if not only or case.name in only]


def run(only, verbose):
    """Compares the cases, prints the table and gives its last row."""
    total = dict.fromkeys(COLUMNS, 0)
    version = None
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch) / "saltflow.yaml"
        for case in cases(only):
            version = version or salt_version()
            config.write_text(f"salt_version: '{version}'\n")
            table = compare(case, str(config))
            table.show(verbose)
            for key, value in table.counts.items():
                total[key] += value
    files = sum(1 for path in (HERE / "corpus").rglob("*.sls") if path.is_file())
    print(row("total", total) + f"Salt {version}, {files} SLS")
    return total
