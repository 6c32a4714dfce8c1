"""Renders expressions with jinja2 as Salt sets it up; one JSON answer per expression."""
import json
import logging
import sys

logging.disable(logging.CRITICAL)
import jinja2
import jinja2.sandbox
import salt.config
import salt.loader
import salt.utils.data
import salt.utils.jinja
import salt.utils.secret
import salt.utils.templates  # registers the filters that SLS files have
from collections import OrderedDict
from salt.utils.decorators.jinja import JinjaFilter, JinjaGlobal, JinjaTest

known = json.load(sys.stdin)
opts = salt.config.minion_config(None)
opts.update(id="web1", grains=known["grains"], pillar=known["pillar"], file_client="local")
salt.loader.grains = lambda *a, **k: known["grains"]
functions = salt.loader.minion_mods(opts, utils=salt.loader.utils(opts))
salt.utils.secret.mask_pillar.set(False)
env = jinja2.sandbox.SandboxedEnvironment(
    undefined=jinja2.StrictUndefined,
    extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", salt.utils.jinja.SerializerExtension],
)
indent = env.filters["indent"]
env.tests.update(JinjaTest.salt_jinja_tests)
env.filters.update(JinjaFilter.salt_jinja_filters)
env.filters["indent"] = indent
env.globals.update(JinjaGlobal.salt_jinja_globals)
env.globals["odict"] = OrderedDict
env.tests["list"] = salt.utils.data.is_list
answers = []
for expression in known["expressions"]:
    try:
        text = env.from_string("{{ " + expression + " }}").render(
            salt=functions, grains=known["grains"], pillar=known["pillar"]
        )
        answers.append("= " + text)
    except Exception as error:
        answers.append(f"! {type(error).__name__}: {error}")
json.dump(answers, sys.stdout)
