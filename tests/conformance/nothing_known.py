"""A tree with nothing known of any minion beside real Salt with several: what saltflow says then must hold for all.

For each profile, of each SLS that Salt renders: its IDs, functions, argument names, requisites, includes, extended
and excluded IDs and, of pillar SLS and the pillar file, its keys are covered by what saltflow shows without a
profile, as text or as pattern; what is certain there exists; there is no error on what Salt accepts, neither of
`show` nor of `check`. "bare": IDs that only a lone `*` covers. SLS that ask the system count too: whatever the
machine answers is covered. Each finding is told once, for the first profile that shows it.
"""

import functools
import json
import re
from pathlib import Path

from judge import oracle, saltflow
from public import PYTHON

COUNTED = ("ids", "arguments", "requisites", "includes", "extends", "pillar keys")


@functools.lru_cache(maxsize=None)
def regex(pattern):
    parts = re.split(r"(\\\*|\*)", pattern)
    return re.compile("".join({"*": ".*", "\\*": r"\*"}.get(part, re.escape(part)) for part in parts), re.DOTALL)


def covers(pattern, name, is_pattern=True):
    """Whether a name of `show` stands for Salt's `name`."""
    name = str(name)
    return pattern == name or (is_pattern and "*" in pattern and regex(pattern).fullmatch(name) is not None)


class Tree:
    """What saltflow says of a tree without a profile."""

    def __init__(self, root, arguments):
        self.shown = saltflow(root, ["show", "--all", "--reveal", "--format", "json", *arguments])["sls"]
        entities = saltflow(root, ["index", "--format", "json", *arguments])["entities"]
        self.pillar = {}
        for entity in entities:
            if entity["kind"] == "pillar-key" and entity["role"] == "definition":
                self.pillar.setdefault(entity["path"], []).append((entity["name"], entity["certain"]))
        found = saltflow(root, ["check", "--no-drift", "--fail-on", "none", "--format", "json", *arguments])["diagnostics"]
        self.errors = {}
        for one in found:
            if one["severity"] == "error":
                self.errors.setdefault(one["path"], []).append(f"{one['code']}: {one['message']}")


class Score:
    """Counts, and findings without repetition."""

    def __init__(self):
        self.all, self.covered, self.bare = dict.fromkeys(COUNTED, 0), dict.fromkeys(COUNTED, 0), 0
        self.sls, self.certain, self.wrong, self.errors, self.lines = 0, 0, 0, 0, {}

    def say(self, line):
        self.lines.setdefault(line, None)

    def count(self, what, covered, where, name):
        self.all[what] += 1
        self.covered[what] += bool(covered)
        if not covered:
            self.say(f"{where}: {what} not covered: {json.dumps(name)[:200]}")

    def sure(self, exists, where, name):
        self.certain += 1
        if not exists:
            self.wrong += 1
            self.say(f"{where}: certain but absent: {json.dumps(name)[:200]}")

    def unexplained(self):
        missing = sum(self.all.values()) - sum(self.covered.values())
        return missing + self.wrong + self.errors

    def row(self, label):
        cells = [f"{what}: {self.covered[what]}/{self.all[what]}" for what in COUNTED if self.all[what]]
        share = 100 * self.bare / max(1, self.all["ids"])
        cells += [f"bare: {share:.1f} %", f"certain: {self.certain - self.wrong}/{self.certain}", f"false errors: {self.errors}"]
        return f"{label:44} sls: {self.sls:<6}" + "  ".join(cells)


def open_state(state):
    """Whether nothing is known of the arguments of a state: they may be requisites, too."""
    return state["module"] == "*" or any(arg["name"] == "*" for arg in state["args"])


def states_covered(score, where, state_id, covering, states):
    own = [state for one in covering for state in one["states"]]
    for state in states:
        function = state["function"] or ""
        fit = [
            one for one in own
            if covers(one["module"], state["module"].split(".")[0])
            and (one["function"] is None or covers(one["function"], function or (state["module"].split(".") + [""])[1]))
        ]
        anything = any(map(open_state, fit))
        for arg in state["args"]:
            found = anything or any(covers(a["name"], arg["name"]) for one in fit for a in one["args"])
            score.count("arguments", found, where, [state_id, state["module"], arg["name"]])
        for requisite in state["requisites"]:
            for target in requisite["targets"]:
                found = anything or any(
                    r["kind"] == requisite["kind"] and target_covered(t, target)
                    for one in fit for r in one["requisites"] for t in r["targets"]
                )
                score.count("requisites", found, where, [state_id, requisite["kind"], target["module"], target["name"]])


def target_covered(own, target):
    if own["module"] is None:
        return own["name"] == "*" or (target["module"] is None and covers(own["name"], target["name"]))
    return target["module"] is not None and covers(own["module"], target["module"]) and covers(own["name"], target["name"])


def include_names(entry):
    """An include as written; of `{env: sls}` the SLS."""
    return [str(name) for name in entry.values()] if isinstance(entry, dict) else [str(entry)]


def compare_sls(score, where, mine, salts):
    """One state SLS."""
    score.sls += 1
    for one in salts["ids"]:
        covering = [o for o in mine["ids"] if covers(o["id"], one["id"], o["pattern"])]
        score.count("ids", covering, where, one["id"])
        score.bare += bool(covering) and all(o["id"] == "*" for o in covering)
        states_covered(score, where, one["id"], covering, one["states"])
    for one in salts["extends"]:
        covering = [o for o in mine["extends"] if covers(o["id"], one["id"], o["pattern"])]
        score.count("extends", covering, where, one["id"])
        states_covered(score, where, one["id"], covering, one["states"])
    own = [name for entry in mine["includes"] for name in include_names(entry)]
    for name in (name for entry in salts["includes"] for name in include_names(entry)):
        score.count("includes", any(covers(o, name) for o in own), where, name)
    there = {str(one["id"]) for one in salts["ids"]}
    for one in mine["ids"]:
        if one["certain"]:
            score.sure(one["id"] in there, where, one["id"])


def flat(value, path=()):
    """Key paths of nested mappings."""
    if isinstance(value, dict):
        for key, inner in value.get("!map") or value.items():
            yield (*path, str(key))
            yield from flat(inner, (*path, str(key)))


def compare_pillar(score, where, own, data):
    """The keys of one pillar file; `include` is none, and in a list there are none."""
    score.sls += 1
    names = [name for name, _ in own]
    plain = {name for name in names if "*" not in name}
    patterns = [name for name in names if "*" in name]
    there = set()
    for path in flat(data):
        if path[0] == "include":
            continue
        name = ":".join(path)
        there.add(name)
        # below a key that is a pattern, or has an unknown value, everything may stand
        score.count("pillar keys", name in plain or any(covers(p, name) for p in patterns), where, name)
    for name, certain in own:
        if certain:
            score.sure(name in there, where, name)


def is_python(path):
    """Whether a file's renderer runs Python."""
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return bool(PYTHON.match(file.readline()))


def compare_profile(score, label, root, tree, salts, pillar_file):
    for name, answer in sorted(salts["sls"].items()):
        path, mine = salts["paths"].get(name), tree.shown.get(name)
        where = f"{label}:{name}"
        # among state files, a folder of that name is taken for pillar; of Python nobody sees what it declares
        if not answer["rendered"] or "/pillar/" in f"/{path or answer['path']}" or is_python(root / (path or "")):
            continue
        if mine is None:
            score.errors += 1
            score.say(f"{where}: saltflow does not list it")
            continue
        if not answer["errors"]:
            compare_sls(score, where, mine, answer)
        if not answer["refused"]:
            for error in [e["message"] for e in mine["errors"]] or tree.errors.get(path, []):
                line = f"{where}: error on what Salt accepts: {error[:300]}"
                score.errors += line not in score.lines
                score.say(line)
    for path, answer in salts.get("pillar_sls", {}).items():
        if answer["errors"]:
            continue
        compare_pillar(score, f"{label}:{path}", tree.pillar.get(path, []), answer["data"])
        for error in tree.errors.get(path, []):
            line = f"{label}:{path}: error on what Salt accepts: {error[:300]}"
            score.errors += line not in score.lines
            score.say(line)
    if pillar_file and not salts["pillar_errors"]:
        compare_pillar(score, f"{label}:{pillar_file}", tree.pillar.get(pillar_file, []), salts["pillar"])


def compare(label, root, profiles, state_roots, pillar_roots, pillar_file, explained=(), verbose=False, saltenv=None):
    """Compares a tree under each profile and prints a row; its score. Roots are folders by saltenv."""
    arguments = []
    for flag, roots in (("--state-root", state_roots), ("--pillar-root", pillar_roots)):
        for env, folders in roots.items():
            for folder in folders:
                arguments += [flag, f"{env}={folder}"]
    if saltenv:
        arguments += ["--saltenv", saltenv]
    tree, score = Tree(root, arguments), Score()
    for profile in profiles:
        request = {"pillar_sls": True, "alone": True, "saltenv": saltenv}
        compare_profile(score, label, root, tree, oracle(root, profile, state_roots, pillar_roots, pillar_file, request), pillar_file)
    print(score.row(label), flush=True)
    for line in score.lines if verbose else list(score.lines)[:40]:
        print(f"  UNEXPLAINED {line}")
    return score


def folder(root, profile_files, state_roots, pillar_roots, pillar_file, verbose):
    """A tree of somebody's; the number of findings."""
    profiles = [json.loads(Path(file).read_text()) for file in profile_files]
    found = compare(root.name, root, profiles, {"base": state_roots}, {"base": pillar_roots}, pillar_file, verbose=verbose)
    return {"unexplained": found.unexplained()}


def corpus(cases, verbose):
    """Every case of the corpus under the profiles of all of them."""
    cases = list(cases)
    profiles = []
    for case in cases:
        for path in (case.profile, *case.minions.values()):
            profile = json.loads(path.read_text())
            grains = {key: profile.get("grains", {}).get(key) for key in ("os", "os_family", "id")}
            if grains not in [known for known, _ in profiles]:
                profiles.append((grains, profile))
    total = 0
    for case in cases:
        own = [json.loads(path.read_text()) for path in (case.profile, *case.minions.values())]
        foreign = [profile for _, profile in profiles if profile not in own]
        total += compare(case.name, case.root, own + foreign, case.states, case.pillars, None, verbose=verbose, saltenv=case.saltenv).unexplained()
    return {"unexplained": total}
