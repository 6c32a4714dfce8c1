"""Renders many generated templates with Salt's own Jinja environment in one process. Reads a JSON
list of {"files": [[path, text], ...], "grains": {}, "pillar": {}, "calls": {}} from stdin; prints a
JSON list of {"text": ...} or {"error": ...}. The cases' files lie in folders of their own; the first
one is the SLS."""

import copy
import json
import logging
import os
import shutil
import sys
import tempfile

logging.disable(logging.CRITICAL)

import salt.config
import salt.exceptions
import salt.fileclient
import salt.loader
import salt.utils.templates


class Functions(dict):
    """Salt's functions, and the case's own by their recorded results."""

    def __init__(self, loader):
        super().__init__()
        self.loader, self.calls = loader, {}

    def __contains__(self, name):
        return name.startswith("mod.") or name in self.loader

    def __getitem__(self, name):
        if not name.startswith("mod."):
            return self.loader[name]
        return lambda *args: json.loads(self.calls[f"{name}({', '.join(map(json.dumps, args))})"])


def main():
    cases = json.load(sys.stdin)
    root = tempfile.mkdtemp()
    states = os.path.join(root, "states")
    for case in cases:
        for path, text in case["files"]:
            target = os.path.join(states, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", newline="") as out:
                out.write(text)
    opts = salt.config.DEFAULT_MINION_OPTS.copy()
    opts.update(
        root_dir=root, cachedir=os.path.join(root, "cache"), extension_modules=os.path.join(root, "ext"),
        file_client="local", file_roots={"base": [states]}, pillar_roots={"base": []}, id="m", saltenv="base",
        grains={}, pillar={}, conf_file=os.path.join(root, "minion"), disable_modules=[],
        enable_fqdns_grains=False, fileserver_backend=["roots"], optimization_order=[0, 1, 2],
        sock_dir=root, pki_dir=root, log_level="quiet",
    )
    answers = []
    known = {}
    for case in cases:
        key = json.dumps([case["grains"], case["pillar"]])
        if key not in known:
            own = {**opts, "grains": case["grains"], "pillar": case["pillar"]}
            known[key] = own, Functions(salt.loader.minion_mods(own, context={})), salt.fileclient.get_file_client(own)
        own, functions, client = known[key]
        functions.calls = {call: json.dumps(value) for call, value in case["calls"].items()}
        path, text = case["files"][0]
        try:
            result = salt.utils.templates.JINJA(
                text, from_str=True, to_str=True, tmplpath=os.path.join(states, path), context={}, opts=own,
                saltenv="base", sls=path.removesuffix(".sls").replace("/", "."), salt=functions,
                grains=copy.deepcopy(case["grains"]), pillar=copy.deepcopy(case["pillar"]), fileclient=client,
            )
        except salt.exceptions.SaltRenderError as exc:
            result = {"result": False, "data": str(exc).split("\n")[0]}
        except RecursionError as exc:
            result = {"result": False, "data": str(exc)}
        data = result["data"]
        if result["result"]:
            answers.append({"text": data.decode() if isinstance(data, bytes) else data})
        else:
            answers.append({"error": str(data)})
    shutil.rmtree(root, ignore_errors=True)
    json.dump(answers, sys.stdout)


main()
