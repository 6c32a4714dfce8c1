"""Renders templates with the very environment that Salt builds for an SLS; one JSON answer per
template: `= text`, or `! ` and the first line of Salt's error. Also names what Salt has."""
import copy
import json
import logging
import resource
import sys

logging.disable(logging.CRITICAL)
answers_to, sys.stdout = sys.stdout, sys.stderr

import warnings

warnings.simplefilter("ignore")
# A line of the tables that asks for too much is to fail here, not on the machine.
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

import jinja2.exceptions as raised
import jinja2.sandbox
import salt.config
import salt.exceptions
import salt.loader
import salt.utils.secret
import salt.utils.templates

known = json.load(sys.stdin)
opts = salt.config.minion_config(None)
opts.update(id="web1", grains=known["grains"], pillar=known["pillar"], file_client="local", saltenv="base")
opts.update(file_roots={"base": []}, pillar_roots={"base": []}, fileserver_backend=["roots"])
salt.loader.grains = lambda *a, **k: known["grains"]
functions = salt.loader.minion_mods(opts, utils=salt.loader.utils(opts), context={})
salt.utils.secret.mask_pillar.set(False)

built = []
plain = jinja2.sandbox.SandboxedEnvironment.from_string


def remember(self, *args, **kwargs):
    built.append(self)
    return plain(self, *args, **kwargs)


jinja2.sandbox.SandboxedEnvironment.from_string = remember
salt.utils.templates.JINJA(
    "x", from_str=True, to_str=True, tmplpath="a.sls", context={}, opts=opts, saltenv="base", sls="a",
    salt=functions, grains=known["grains"], pillar=known["pillar"],
)
jinja2.sandbox.SandboxedEnvironment.from_string = plain
environment = built[0]


def render(template):
    given = {name: copy.deepcopy(known[name]) for name in ("grains", "pillar")}
    try:
        return "= " + environment.from_string(template).render(**given)
    except raised.UndefinedError as error:
        text = f"Jinja variable {error}"
    except (raised.TemplateRuntimeError, raised.TemplateSyntaxError, raised.SecurityError) as error:
        text = f"Jinja syntax error: {error}"
    except (salt.exceptions.SaltInvocationError, salt.exceptions.CommandExecutionError) as error:
        text = f"Problem running salt function in Jinja template: {error}"
    except Exception as error:
        text = f"Jinja error: {error}"
    return "! " + text.split("\n")[0]


def methods(value):
    return [name for name in dir(value) if not name.startswith("_")]


types = {"''": "", "[]": [], "{}": {}, "()": (), "1": 1, "1.5": 1.5, "''.encode()": b"", "range(3)": range(3)}
names = {
    "filters": sorted(environment.filters),
    "tests": sorted(environment.tests),
    "globals": sorted(environment.globals),
    "methods": {written: methods(value) for written, value in types.items()},
    "functions": sorted(functions),
}
names["functions"] = sorted(set(names["functions"]))
answers = [render(template) for template in known["templates"]]
json.dump({"names": names, "answers": answers}, answers_to)
