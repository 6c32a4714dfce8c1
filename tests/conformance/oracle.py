"""Real Salt as the oracle: renders every SLS of a tree in process and says what Salt makes of it.

Reads one JSON request on stdin and writes one JSON answer on stdout:

    {"file_roots": {ENV: [DIR, ...]}, "pillar_roots": {ENV: [DIR, ...]}, "saltenv": ENV,
     "profile": {"id": ..., "grains": {...}, "pillar": {...}?, "opts": {...}?},
     "pillar_file": FILE?, "sls": [NAME, ...]?, "low": BOOL?}

    {"salt": VERSION, "sls": {NAME: {...}}, "pillar": {...}, "pillar_errors": [...], "top": {...}}

Nothing outside a temporary folder is written, no process is started and no socket is opened: an
audit hook (PEP 578) refuses them. It is still no sandbox: `#!py` files run. Use it on trees that
you trust.
"""

import copy
import json
import logging
import os
import sys
import tempfile

ASKED_SYSTEM = []


def guard(scratch):
    """Refuses whatever would leave the process, once Salt has been loaded."""
    refused = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "socket.connect", "socket.getaddrinfo", "socket.sendto"}

    def hook(event, args):
        if event in refused:
            ASKED_SYSTEM.append(event)
            raise PermissionError(f"the oracle refuses {event}")
        if event == "open" and isinstance(args[0], str):
            flags = args[2] if isinstance(args[2], int) else 0
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                path = os.path.realpath(args[0])
                if not path.startswith((scratch, "/dev/")) and not path.endswith(".pyc"):
                    raise PermissionError(f"the oracle refuses to write {path}")

    sys.addaudithook(hook)


def plain(value):
    """A value as JSON that keeps what JSON would lose (sets, bytes, keys that are no text)."""
    if isinstance(value, dict):
        if all(isinstance(k, str) for k in value):
            return {k: plain(v) for k, v in value.items()}
        return {"!map": [[plain(k), plain(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return {"!set": sorted(map(str, value))}
    if isinstance(value, bytes):
        return {"!binary": value.hex()}
    if isinstance(value, float) and value - value != 0:
        return {"!float": repr(value)}
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return {"!int": str(value)}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return {"!other": type(value).__name__}


def options(request, scratch):
    import salt.config

    opts = salt.config.minion_config(None, minion_id=request["profile"].get("id") or "minion")
    folders = {name: os.path.join(scratch, name) for name in ("cachedir", "pki_dir", "sock_dir", "conf_dir")}
    for folder in folders.values():
        os.makedirs(folder, exist_ok=True)
    opts.update(folders)
    opts.update(
        root_dir=scratch,
        file_client="local",
        local=True,
        file_roots=request["file_roots"],
        pillar_roots=request["pillar_roots"],
        saltenv=request.get("saltenv") or None,
        extension_modules=os.path.join(scratch, "extmods"),
        log_file=os.path.join(scratch, "log"),
        grains=copy.deepcopy(request["profile"].get("grains") or {}),
        id=request["profile"].get("id") or "minion",
        state_events=False,
    )
    opts.update(request["profile"].get("opts") or {})
    return opts


def render_pillar_file(opts, path):
    """What a formula's pillar.example renders to, rendered as a pillar SLS."""
    import salt.loader
    from salt.template import compile_template

    rend = salt.loader.render(opts, salt.loader.minion_mods(opts))
    return compile_template(path, rend, opts["renderer"], opts["renderer_blacklist"], opts["renderer_whitelist"], saltenv="base", sls="pillar")


def pillar_of(opts, request):
    import salt.pillar

    if request.get("pillar_file"):
        return render_pillar_file(opts, request["pillar_file"]) or {}, []
    if request["profile"].get("pillar") is not None:
        return request["profile"]["pillar"], []
    compiler = salt.pillar.Pillar(opts, opts["grains"], opts["id"], request.get("saltenv") or None)
    pillar = compiler.compile_pillar()
    errors = pillar.pop("_errors", [])
    return pillar, errors


def requisites_of(arg_name, value, keywords):
    """The targets under a requisite word; those that are null, which Salt passes over, are left out."""
    if arg_name in keywords and arg_name.endswith("_in") and isinstance(value, dict):
        value = [{k: v} for k, v in value.items()]
    if arg_name not in keywords or not isinstance(value, list):
        return None
    targets = []
    for entry in value:
        if isinstance(entry, dict) and None in entry.values():
            continue
        if isinstance(entry, dict):
            targets.extend({"module": str(k), "name": v if isinstance(v, str) else plain(v)} for k, v in entry.items())
        else:
            targets.append({"module": None, "name": plain(entry)})
    return {"kind": arg_name, "targets": targets}


def states_of(body, keywords):
    states = []
    for module, items in body.items():
        if module.startswith("__"):
            continue
        if not isinstance(items, list):
            continue
        state = {"module": module, "function": None, "args": [], "requisites": []}
        for item in items:
            if isinstance(item, str):
                state["function"] = state["function"] or item
            elif isinstance(item, dict):
                for name, value in item.items():
                    requisite = requisites_of(name, value, keywords)
                    if requisite:
                        if requisite["targets"]:
                            state["requisites"].append(requisite)
                    else:
                        state["args"].append({"name": plain(name), "value": plain(value)})
        states.append(state)
    return states


def sls_facts(highstate, name, saltenv, keywords):
    """What one file declares on its own: includes named, not followed."""
    from salt.template import compile_template

    state = highstate.state
    info = highstate.client.get_state(name, saltenv)
    answer = {"path": (info.get("source") or "").removeprefix("salt://") or None, "rendered": False, "errors": [], "ids": [], "includes": [], "extends": [], "excludes": []}
    del ASKED_SYSTEM[:]
    try:
        data = compile_template(
            info["dest"], state.rend, state.opts["renderer"], state.opts["renderer_blacklist"],
            state.opts["renderer_whitelist"], saltenv, name, rendered_sls=set(),
        )
    except Exception as exc:  # whatever Salt raises is an answer
        answer["errors"].append(f"{type(exc).__name__}: {exc}")
        answer["asked_system"] = sorted(set(ASKED_SYSTEM))
        return answer
    answer["asked_system"] = sorted(set(ASKED_SYSTEM))
    answer["rendered"] = True
    if not data:
        return answer
    if not isinstance(data, dict):
        answer["errors"].append(f"SLS {name} does not render to a dictionary")
        return answer
    data = copy.deepcopy(data)
    include = data.pop("include", [])
    if isinstance(include, list):
        answer["includes"] = plain(include)
    else:
        answer["errors"].append(f"Include Declaration in SLS {name} is not formed as a list")
    errors = []
    highstate._handle_extend(data, name, saltenv, errors)
    highstate._handle_exclude(data, name, saltenv, errors)
    highstate._handle_state_decls(data, name, saltenv, errors)
    answer["errors"].extend(map(str, errors))
    for extend in data.pop("__extend__", []):
        answer["extends"].extend({"id": plain(i), "states": states_of(b, keywords) if isinstance(b, dict) else []} for i, b in extend.items() if not str(i).startswith("__"))
    answer["excludes"] = plain([{k: v for k, v in e.items() if not k.startswith("__")} if isinstance(e, dict) else e for e in data.pop("__exclude__", [])])
    for state_id, body in data.items():
        if isinstance(state_id, str) and state_id.startswith("__"):
            continue
        answer["ids"].append({"id": plain(state_id), "states": states_of(body, keywords) if isinstance(body, dict) else []})
    return answer


def fresh(highstate):
    """Forgets what earlier renderings left behind in the builder."""
    highstate.building_highstate = type(highstate.building_highstate)()
    highstate.iorder = 10000
    for attribute in ("_processed_sls_files",):
        if hasattr(highstate.state, attribute):
            getattr(highstate.state, attribute).clear()


def acceptance(highstate, name, saltenv):
    """The errors of `state.show_sls`."""
    fresh(highstate)
    try:
        high, errors = highstate.render_highstate({saltenv: [name]})
        errors = list(errors)
        errors += highstate.state.verify_high(high)
        return [str(e) for e in errors]
    except Exception as exc:
        return [f"{type(exc).__name__}: {exc}"]


def compiled(highstate, name, saltenv):
    """High data, low chunks and errors of one SLS with its includes: the steps of `State.call_high`."""
    fresh(highstate)
    state = highstate.state
    try:
        high, errors = highstate.render_highstate({saltenv: [name]})
        if not errors:
            high, errors = state.reconcile_extend(high)
            errors = errors + state.verify_high(high)
        if not errors:
            high, errors = state.requisite_in(high)
        if errors:
            return {"errors": [str(e) for e in errors], "high": None, "low": None}
        high = state.apply_exclude(high)
        chunks, errors = state.compile_high_data(high)
        return {"errors": [str(e) for e in errors], "high": None if errors else plain(high), "low": None if errors else plain(chunks)}
    except Exception as exc:  # whatever Salt raises is an answer
        return {"errors": [f"{type(exc).__name__}: {exc}"], "high": None, "low": None}


def main():
    logging.disable(logging.CRITICAL)
    request = json.load(sys.stdin)
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="saltflow-oracle-"))
    import salt.fileclient
    import salt.pillar
    import salt.state
    import salt.version

    opts = options(request, scratch)
    saltenv = request.get("saltenv") or "base"
    keywords = set(salt.state.STATE_REQUISITE_KEYWORDS) | set(salt.state.STATE_REQUISITE_IN_KEYWORDS) | {"use", "use_in", "listen"}
    guard(scratch)
    answer = {"salt": str(salt.version.__version__), "sls": {}}
    try:
        pillar, errors = pillar_of(opts, request)
    except Exception as exc:
        pillar, errors = {}, [f"{type(exc).__name__}: {exc}"]
    answer["pillar"], answer["pillar_errors"] = plain(pillar), [str(e) for e in errors]
    opts["pillar"] = copy.deepcopy(pillar)
    highstate = salt.state.HighState(opts, initial_pillar=pillar)
    highstate.state.opts["pillar"] = pillar
    names = request.get("sls") or sorted(set(highstate.client.list_states(saltenv)))
    with highstate:
        try:
            top = highstate.get_top()
            answer["top"] = plain(highstate.top_matches(top))
        except Exception as exc:
            answer["top_error"] = f"{type(exc).__name__}: {exc}"
        for name in names:
            if name == "top":
                continue
            answer["sls"][name] = facts = sls_facts(highstate, name, saltenv, keywords)
            if facts["rendered"] or request.get("accept_all"):
                facts["refused"] = acceptance(highstate, name, saltenv)
            else:
                facts["refused"] = facts["errors"]
            if request.get("low") and facts["rendered"]:
                facts["compiled"] = compiled(highstate, name, saltenv)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
