"""Real Salt as the oracle: renders every SLS of a tree in process and says what Salt makes of it.

Reads one JSON request on stdin and writes one JSON answer on stdout:

    {"root": DIR, "file_roots": {ENV: [DIR, ...]}, "pillar_roots": {ENV: [DIR, ...]}, "saltenv": ENV,
     "profile": {"id": ..., "grains": {...}, "pillar": {...}?, "opts": {...}?},
     "minions": {NAME: PROFILE}?, "pillar_file": FILE?, "sls": [NAME, ...]?, "low": BOOL?, "alone": BOOL?,
     "pillar_sls": BOOL?}

    {"salt": VERSION, "paths": {SLS: PATH}, "sls": {NAME: {...}}, "pillar": {...}, "pillar_errors": [ERROR],
     "pillar_compiled": BOOL, "top": {"states": ..., "pillar": ..., "errors": [ERROR]},
     "pillar_sls": {PATH: {"errors", "data"}}?, "minions": {NAME: {"pillar": ..., "top": ...}}}

ERROR is {"message", "paths"}: what Salt says, and the files that it was reading when it said so, relative
to root. An SLS says which execution functions its rendering "called". With "alone" its includes are not
followed to find out whether Salt refuses it. With "low" each SLS is compiled to high data and low chunks as `state.show_low_sls` does.
The same script runs on Salt 3006 to 3008.

Nothing outside a temporary folder is written, no process is started and no socket is opened: an
audit hook (PEP 578) refuses them. It is still no sandbox: `#!py` files run. Use it on trees that
you trust.
"""

import copy
import json
import logging
import os
import re
import sys
import tempfile

ASKED_SYSTEM = []
CALLED = set()


def record_calls():
    """Notes the execution functions that templates call."""
    import salt.loader.lazy

    plain_call = salt.loader.lazy.LoadedFunc.__call__

    def noted(self, *args, **kwargs):
        if self.loader.tag == "module":
            CALLED.add(self.name)
        return plain_call(self, *args, **kwargs)

    salt.loader.lazy.LoadedFunc.__call__ = noted


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


def options(request, profile, scratch):
    import salt.config

    opts = salt.config.minion_config(None, minion_id=profile.get("id") or "minion")
    folders = {name: os.path.join(scratch, name) for name in ("cachedir", "pki_dir", "sock_dir", "conf_dir")}
    for folder in folders.values():
        os.makedirs(folder, exist_ok=True)
    opts.update(folders)
    opts.update(
        root_dir=scratch,
        file_client="local",
        local=True,
        file_roots=copy.deepcopy(request["file_roots"]),
        pillar_roots=copy.deepcopy(request["pillar_roots"]),
        saltenv=request.get("saltenv") or None,
        extension_modules=os.path.join(scratch, "extmods"),
        log_file=os.path.join(scratch, "log"),
        grains=copy.deepcopy(profile.get("grains") or {}),
        id=profile.get("id") or "minion",
        state_events=False,
    )
    opts.update(copy.deepcopy(profile.get("opts") or {}))
    return opts


def render_pillar_file(opts, path):
    """What a formula's pillar.example renders to, rendered as a pillar SLS."""
    import salt.loader
    from salt.template import compile_template

    rend = salt.loader.render(opts, salt.loader.minion_mods(opts))
    return compile_template(path, rend, opts["renderer"], opts["renderer_blacklist"], opts["renderer_whitelist"], saltenv="base", sls="pillar")


class Errors:
    """Salt's errors with the files that it was reading: those of SLS that are being rendered."""

    def __init__(self, request, scratch):
        self.root, self.scratch, self.paths = os.path.realpath(request["root"]), scratch, {}
        self.roots = (request["file_roots"], request["pillar_roots"])

    def relative(self, path):
        """A file as a path relative to the root; Salt works on copies of the state files in its cache."""
        path = os.path.realpath(path)
        if path.startswith(self.scratch):
            env, name = path.split("/files/", 1)[-1].split("/", 1)
            folders = [folder for roots in self.roots for folder in roots.get(env, [])]
            path = next((os.path.realpath(os.path.join(f, name)) for f in folders if os.path.exists(os.path.join(f, name))), path)
        return os.path.relpath(path, self.root)

    def note(self, message, path):
        """The innermost file in work when `message` came up; a macro's file if the message names it."""
        macro = [p for p in re.findall(r"^(/\S+)\(\d+\):$", str(message), re.MULTILINE) if os.path.exists(p)]
        found = [self.relative(p) for p in macro] or ([path] if path else [])
        if found:
            self.paths.setdefault(str(message), found)

    def all(self, messages):
        return [{"message": str(m), "paths": self.paths.get(str(m), [])} for m in messages]

    def watch(self, builder, method, client):
        """Notes each error that `method` of a state or pillar compiler gives while it works on one SLS."""
        inner, stack = getattr(builder, method), []

        def watched(sls, saltenv, *args, **kwargs):
            dest = client.get_state(sls, saltenv).get("dest")
            stack.append(self.relative(dest) if dest else None)
            try:
                answer = inner(sls, saltenv, *args, **kwargs)
                for message in answer[-1] or []:
                    # an SLS that is not there is the fault of the one that names it
                    self.note(message, next((path for path in reversed(stack) if path), None))
                return answer
            finally:
                stack.pop()

        setattr(builder, method, watched)


def pillar_of(opts, profile, request, errors):
    """The pillar, what Salt puts under `_errors`, and the compiler that made it, if one did."""
    import salt.pillar

    if request.get("pillar_file"):
        return render_pillar_file(opts, request["pillar_file"]) or {}, [], None
    if profile.get("pillar") is not None:
        return copy.deepcopy(profile["pillar"]), [], None
    if not any(request["pillar_roots"].values()):
        return {}, [], None
    compiler = salt.pillar.Pillar(opts, opts["grains"], opts["id"], request.get("saltenv") or None)
    errors.watch(compiler, "render_pstate", compiler.client)
    pillar = compiler.compile_pillar()
    messages = pillar.pop("_errors", [])
    return pillar, messages, compiler


def top_files(roots, root, opts):
    name = opts["state_top"].replace("salt://", "")
    found = [os.path.join(folder, name) for folders in roots.values() for folder in folders]
    return [os.path.relpath(os.path.realpath(path), root) for path in found if os.path.exists(path)]


def tops_of(highstate, compiler, request, errors):
    """What the top files give; their errors are those of a highstate run."""
    from salt.exceptions import SaltRenderError

    messages = []
    states = {}
    try:
        top = highstate.merge_tops(highstate.get_tops())
        messages += highstate.verify_tops(top)
        states = {str(env): plain(names) for env, names in highstate.top_matches(top).items()}
    except SaltRenderError as exc:
        messages.append(exc)
    except Exception as exc:  # whatever Salt raises is an answer
        messages.append(f"{type(exc).__name__}: {exc}")
    files = top_files(request["file_roots"], errors.root, highstate.opts)
    for message in messages:
        errors.note(message, None)
        errors.paths.setdefault(str(message), files)
    pillar = None
    if compiler is not None:
        pillar = {}
        try:
            top, said = compiler.get_top()
            pillar = plain(compiler.top_matches(top))
        except Exception as exc:
            said = [exc]
        for message in said:
            errors.paths.setdefault(str(message), top_files(request["pillar_roots"], errors.root, highstate.opts))
        messages += said
    return {"states": states if files else None, "pillar": pillar, "errors": errors.all(messages)}


def minion_of(request, profile, scratch, errors):
    """One minion's pillar and tops, and the state compiler for more."""
    import salt.state

    errors.paths.clear()
    opts = options(request, profile, scratch)
    answer = {}
    try:
        pillar, messages, compiler = pillar_of(opts, profile, request, errors)
    except Exception as exc:
        pillar, messages, compiler = {}, [f"{type(exc).__name__}: {exc}"], None
    answer["pillar"], answer["pillar_errors"] = plain(pillar), errors.all(messages)
    answer["pillar_compiled"] = compiler is not None
    opts["pillar"] = copy.deepcopy(pillar)
    highstate = salt.state.HighState(opts, initial_pillar=pillar)
    highstate.state.opts["pillar"] = pillar
    errors.watch(highstate, "render_state", highstate.client)
    answer["top"] = tops_of(highstate, compiler, request, errors)
    return answer, highstate


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
    CALLED.clear()
    try:
        data = compile_template(
            info["dest"], state.rend, state.opts["renderer"], state.opts["renderer_blacklist"],
            state.opts["renderer_whitelist"], saltenv, name, rendered_sls=set(),
        )
    except Exception as exc:  # whatever Salt raises is an answer
        answer["errors"].append(f"{type(exc).__name__}: {exc}")
        answer["asked_system"], answer["called"] = sorted(set(ASKED_SYSTEM)), sorted(CALLED)
        return answer
    answer["asked_system"], answer["called"] = sorted(set(ASKED_SYSTEM)), sorted(CALLED)
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
    try:
        answer["verified"] = [str(e) for e in state.verify_high(data)]
    except Exception as exc:
        answer["verified"] = [f"{type(exc).__name__}: {exc}"]
    for state_id, body in data.items():
        if isinstance(state_id, str) and state_id.startswith("__"):
            continue
        answer["ids"].append({"id": plain(state_id), "states": states_of(body, keywords) if isinstance(body, dict) else []})
    return answer


def pillar_facts(request, profile, scratch, errors):
    """What each pillar SLS renders to on its own, by path."""
    import salt.pillar
    from salt.template import compile_template

    answer = {}
    opts = options(request, profile, scratch)
    compiler = salt.pillar.Pillar(opts, opts["grains"], opts["id"], request.get("saltenv") or None)
    for env in request["pillar_roots"]:
        for name in sorted(set(compiler.client.list_states(env))):
            dest = compiler.client.get_state(name, env).get("dest")
            path = errors.relative(dest) if dest else None
            if name == "top" or path is None or path in answer:
                continue
            answer[path] = facts = {"errors": [], "data": None}
            try:
                data = compile_template(
                    dest, compiler.rend, opts["renderer"], opts["renderer_blacklist"], opts["renderer_whitelist"], env, name,
                )
                if data and not isinstance(data, dict):
                    facts["errors"].append(f"SLS '{name}' does not render to a dictionary")
                facts["data"] = plain(data or {})
            except Exception as exc:  # whatever Salt raises is an answer
                facts["errors"].append(f"{type(exc).__name__}: {exc}")
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


def compiled(highstate, name, saltenv, report):
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
            return {"errors": report.all(errors), "high": None, "low": None}
        high = state.apply_exclude(high)
        chunks = state.compile_high_data(high)
        # before 3008 there are no errors at this stage
        chunks, errors = chunks if isinstance(chunks, tuple) else (chunks, [])
        return {"errors": report.all(errors), "high": None if errors else plain(high), "low": None if errors else plain(chunks)}
    except Exception as exc:  # whatever Salt raises is an answer
        return {"errors": report.all([f"{type(exc).__name__}: {exc}"]), "high": None, "low": None}


def main():
    logging.disable(logging.CRITICAL)
    request = json.load(sys.stdin)
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="saltflow-oracle-"))
    import salt.fileclient
    import salt.pillar
    import salt.state
    import salt.version

    saltenv = request.get("saltenv") or "base"
    keywords = set(salt.state.STATE_REQUISITE_KEYWORDS) | set(salt.state.STATE_REQUISITE_IN_KEYWORDS) | {"use", "use_in", "listen"}
    errors = Errors(request, scratch)
    record_calls()
    guard(scratch)
    answer, highstate = minion_of(request, request["profile"], scratch, errors)
    answer.update(salt=str(salt.version.__version__), sls={}, paths={})
    with highstate:
        listed = sorted(set(highstate.client.list_states(saltenv)))
        for name in listed:
            dest = highstate.client.get_state(name, saltenv).get("dest")
            answer["paths"][name] = errors.relative(dest) if dest else None
        for name in request.get("sls") or listed:
            if name == "top":
                continue
            answer["sls"][name] = facts = sls_facts(highstate, name, saltenv, keywords)
            if request.get("alone"):
                facts["refused"] = facts["errors"] + facts.get("verified", [])
            elif facts["rendered"] or request.get("accept_all"):
                facts["refused"] = acceptance(highstate, name, saltenv)
            else:
                facts["refused"] = facts["errors"]
            facts["refused_in"] = [path for error in errors.all(facts["refused"]) for path in error["paths"]]
            if request.get("low"):
                facts["compiled"] = compiled(highstate, name, saltenv, errors)
    if request.get("pillar_sls"):
        answer["pillar_sls"] = pillar_facts(request, request["profile"], scratch, errors)
    answer["minions"] = {}
    for name, profile in (request.get("minions") or {}).items():
        answer["minions"][name], other = minion_of(request, profile, scratch, errors)
        other.destroy()
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
