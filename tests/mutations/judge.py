"""Real Salt over many small trees in one process: reads a JSON list of folders on stdin, writes what Salt makes of each.

For each folder (`states/`, `pillar/` below it): `compile` if an SLS, the highstate or the pillar does not compile,
`run` if a state would be refused when it runs (`State.verify_data`, and the keyword check of `format_call`), else
`fine`; with Salt's messages. Run by a Python that has Salt. Nothing is started, nothing outside a temporary folder
is written (the guard is tests/conformance/oracle.py's).
"""

import json
import logging
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "conformance"))
import oracle

GRAINS = {"id": "web1", "os": "Debian", "os_family": "Debian", "osrelease": "12", "oscodename": "bookworm", "kernel": "Linux",
          "fqdn": "web1.example.org", "host": "web1", "init": "systemd", "cpuarch": "x86_64", "num_cpus": 2, "mem_total": 2000,
          "ipv4": ["127.0.0.1"], "roles": ["web"]}


def judge(folder, scratch):
    import salt.state
    import salt.utils.args

    request = {"root": folder, "file_roots": {"base": [f"{folder}/states"]}, "pillar_roots": {"base": [f"{folder}/pillar"]}, "saltenv": "base"}
    opts = oracle.options(request, {"id": "web1", "grains": GRAINS}, scratch)
    with salt.state.HighState(opts) as highstate:
        if highstate.opts["pillar"].get("_errors"):
            return "compile", [str(e) for e in highstate.opts["pillar"]["_errors"]]
        top = highstate.get_top()
        errors = list(highstate.verify_tops(top))
        matches = highstate.top_matches(top) if not errors else {}
        runs = [matches]
        refused = []
        for run in runs if not errors else []:
            oracle.fresh(highstate)
            high, found = highstate.render_highstate(run)
            state = highstate.state
            errors += found
            if not errors:
                high, found = state.reconcile_extend(high)
                errors += found + state.verify_high(high)
            if not errors:
                high, found = state.requisite_in(high)
                errors += found
            if errors:
                break
            chunks = state.compile_high_data(state.apply_exclude(high))
            chunks, found = chunks if isinstance(chunks, tuple) else (chunks, [])
            errors += found
            for chunk in chunks:
                said = state.verify_data(chunk)
                # what this machine lacks (cron, systemd) a minion has
                refused += [] if any("__virtual__" in text for text in said) else said
                full = "{state}.{fun}".format(**chunk)
                if full in state.states:
                    try:
                        salt.utils.args.format_call(state.states[full], chunk, expected_extra_kws=salt.state.STATE_INTERNAL_KEYWORDS)
                    except Exception as exc:  # whatever Salt raises is an answer
                        refused.append(str(exc))
        if errors:
            return "compile", [str(e) for e in errors]
        return ("run", refused) if refused else ("fine", [])


def main():
    logging.disable(logging.CRITICAL)
    folders = json.load(sys.stdin)
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="saltflow-mutations-"))
    import salt.client.ssh  # noqa: F401  what is imported late would write its cache
    import salt.state

    oracle.guard(scratch)
    answers = []
    for folder in folders:
        try:
            verdict, messages = judge(folder, tempfile.mkdtemp(dir=scratch))
        except Exception as exc:  # whatever Salt raises is an answer
            verdict, messages = "compile", [f"{type(exc).__name__}: {exc}"]
        answers.append({"verdict": verdict, "messages": messages[:4]})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
