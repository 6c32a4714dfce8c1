"""Renders templates with Salt's own Jinja environment. Reads a JSON list of cases
{"files": [[path, text], ...], "grains": {}, "pillar": {}} from stdin; prints a JSON list of
{"text": ...} or {"error": ...}. The first file of each case is the SLS."""

import json
import logging
import os
import shutil
import sys
import tempfile

logging.disable(logging.CRITICAL)

import salt.config
import salt.exceptions
import salt.loader
import salt.utils.templates

FUNCTIONS = [
    "pillar.get", "grains.get", "grains.filter_by", "config.get", "slsutil.merge", "defaults.merge",
    "file.join", "file.dirname", "test.echo",
]


def render(case, root):
    states = os.path.join(root, "states")
    for path, text in case["files"]:
        target = os.path.join(states, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", newline="") as out:
            out.write(text)
    opts = salt.config.DEFAULT_MINION_OPTS.copy()
    opts.update(
        root_dir=root, cachedir=os.path.join(root, "cache"), extension_modules=os.path.join(root, "ext"),
        file_client="local", file_roots={"base": [states]}, pillar_roots={"base": []}, id="m", saltenv="base",
        grains=case["grains"], pillar=case["pillar"], conf_file=os.path.join(root, "minion"), disable_modules=[],
        enable_fqdns_grains=False, fileserver_backend=["roots"], optimization_order=[0, 1, 2],
        sock_dir=root, pki_dir=root, log_level="quiet",
    )
    loader = salt.loader.minion_mods(opts, context={})
    sls = case["files"][0][0]
    for end in (".sls", "/init"):
        if sls.endswith(end):
            sls = sls[: -len(end)]
    path, text = os.path.join(states, case["files"][0][0]), case["files"][0][1]
    result = salt.utils.templates.JINJA(
        text, from_str=True, to_str=True, tmplpath=path, context={}, opts=opts, saltenv="base",
        sls=sls.replace("/", "."), salt=loader, grains=case["grains"], pillar=case["pillar"],
    )
    if not result["result"]:
        return {"error": result["data"]}
    data = result["data"]
    return {"text": data.decode() if isinstance(data, bytes) else data}


def main():
    answers = []
    for case in json.load(sys.stdin):
        root = tempfile.mkdtemp()
        try:
            answers.append(render(case, root))
        except salt.exceptions.SaltRenderError as exc:
            answers.append({"error": str(exc).split("\n")[0]})
        finally:
            shutil.rmtree(root, ignore_errors=True)
    json.dump(answers, sys.stdout)


main()
