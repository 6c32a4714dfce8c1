r"""Kinds of mistakes that people make: a pattern, and what is written instead. Each is made at each place, one at a time.

(kind, pattern of paths, pattern of text, replacement). A replacement is a template of `re`, or a function of the match.
"""

import re

STATES = r"^states/(?!top\.sls).*\.sls$"
JINJA = r"^(states|pillar)/.*\.(sls|jinja)$"
TOP = r"^states/top\.sls$"
PTOP = r"^pillar/top\.sls$"
PILLAR = r"^pillar/(?!top\.sls).*\.sls$"


def slip(word):
    """A word as a hurried hand writes it: two letters in the middle swapped."""
    for n in range(len(word) // 2, len(word) - 1):
        if word[n] != word[n + 1] and word[n].isalpha() and word[n + 1].isalpha():
            return word[:n] + word[n + 1] + word[n] + word[n + 2 :]
    return word + "x"


def slipped(group):
    return lambda m: m.group(0)[: m.start(group) - m.start()] + slip(m.group(group)) + m.group(0)[m.end(group) - m.start() :]


def lost(group):
    """The word without its last letter but one."""
    def made(m):
        word = m.group(group)
        return m.group(0)[: m.start(group) - m.start()] + word[:-2] + word[-1:] + m.group(0)[m.end(group) - m.start() :]
    return made


ARGUMENTS = "source|template|user|group|mode|makedirs|contents|context|enable|home|shell|createhome|minute|dir_mode|runas|creates|force|uid|value"
REQUISITES = "require|watch|watch_in|require_in|onchanges"
MODULES = "file|pkg|service|user|cmd|cron|group|sysctl|timezone"

KINDS = [
    ("requisite-target-misspelt", STATES, r"(?m)^      - (?:pkg|file|service|user|cmd|test): ([\w/.-]{4,})$", slipped(1)),
    ("requisite-module-misspelt", STATES, r"(?m)^      - (pkg|file|service|user|test): [^\n{]+$", slipped(1)),
    ("requisite-module-with-function", STATES, r"(?m)^      - (pkg|file|user)(: [^\n{]+)$", r"      - \1.installed\2"),
    ("requisite-word-requires", STATES, r"(?m)^    - (require|watch):$", r"    - \1s:"),
    ("requisite-word-slip", STATES, rf"(?m)^    - ({REQUISITES}):$", slipped(1)),
    ("requisite-as-mapping", STATES, r"(?m)^    - require:\n      - (pkg|file|user)", r"    - require:\n        \1"),
    ("requisite-as-text", STATES, r"(?m)^    - require:\n      - \w+: ([^\n{]+)$", r"    - require: \1"),
    ("requisite-under-indented", STATES, r"(?m)^    - require:\n      - ", r"    - require:\n    - "),
    ("requisite-in-to-nothing-bare", STATES, r"(?m)^    - (watch_in|require_in):\n      - service: ([\w-]+)$", r"    - \1:\n      - \2x"),
    ("requisite-twice", STATES, r"(?m)^    - require:\n(      - .*\n?)", r"    - require:\n\1    - require:\n      - test: ghost-state\n"),
    ("include-misspelt", STATES, r"(?m)^  - \.?([a-z]+[.a-z]*)$", slipped(1)),
    ("include-as-text", STATES, r"(?m)^include:\n  - (\S+)$(?!\n  -)", r"include: \1"),
    ("include-word-misspelt", STATES, r"(?m)^(include):$", slipped(1)),
    ("extend-missing", STATES, r"(?m)^extend:\n  ([\w-]+):$", slipped(1)),
    ("exclude-as-text", STATES, r"(?m)^exclude:\n  - id: (\S+)$", r"exclude: \1"),
    ("exclude-missing", STATES, r"(?m)^  - id: (\S+)$", slipped(1)),
    ("function-misspelt", STATES, rf"(?m)^ +(?:{MODULES})\.([a-z_]+):", slipped(1)),
    ("module-misspelt", STATES, rf"(?m)^ +({MODULES})\.[a-z_]+:", lost(1)),
    ("function-missing", STATES, rf"(?m)^(  (?:{MODULES}))\.[a-z_]+:", r"\1:"),
    ("argument-misspelt", STATES, rf"(?m)^    - ({ARGUMENTS}):", slipped(1)),
    ("argument-lost-letter", STATES, rf"(?m)^    - ({ARGUMENTS}):", lost(1)),
    ("argument-unknown", STATES, r"(?m)^(  (?:user.present|group.present|file.exists|timezone.system|sysctl.present|cron.present):)$", r"\1\n    - colour: green"),
    ("argument-required-missing", STATES, r"(?m)^    - (?:target|value): .*\n", r""),
    ("argument-twice", STATES, r"(?m)^    - mode: '(\d+)'$", r"    - mode: '0600'\n    - mode: '\1'"),
    ("order-misspelt", STATES, r"(?m)^    - order: first$", r"    - order: frist"),
    ("names-as-text", STATES, r"(?m)^    - name: (/[\w/]+|[a-z]+)$", r"    - names: \1"),
    ("pkgs-as-text", STATES, r"(?m)^    - pkgs:\n      - (\S+)\n      - \S+$", r"    - pkgs: \1"),
    ("runas-as-user", STATES, r"(?m)^    - runas: ", r"    - user: "),
    ("source-misspelt", STATES, r"(?m)salt://\S*?([a-z]+)(\.conf\.jinja)?$", slipped(1)),
    ("template-engine-misspelt", STATES, r"template: (jinja)$".replace("$", r"(?m:$)"), slipped(1)),
    ("context-under-indented", STATES, r"(?m)^    - context:\n        (\w+): (.*)\n        (\w+): (.*)$", r"    - context:\n      \1: \2\n      \3: \4"),
    ("context-as-text", STATES, r"(?m)^    - context:\n(        .*\n)+", r"    - context: port\n"),
    ("context-key-misspelt", STATES, r"(?m)^        (port|host): .*$", slipped(1)),
    ("id-number", STATES, r"(?m)^admins:$", r"42:"),
    ("function-twice", STATES, r"(?m)^  (file.managed|pkg.installed):$", r"  \1:\n    - name: /x\n  \1:"),
    ("trailing-colon", STATES, r"(?m)^  test.nop: \[\]$", r"  test.nop:"),
    ("state-as-mapping", STATES, r"(?m)^(  user.present:)\n    - name: (\S+)\n", r"\1\n      name: \2\n"),
    ("duplicate-id", STATES, r"(?m)^(common-packages|web-user|shop-worker|admins):$", r"\1:\n  test.nop: []\n\1:"),
    ("conflict-marker", STATES, r"(?m)^(  service.running:)$", r"<<<<<<< HEAD\n\1"),
    ("tab", STATES, r"(?m)^    - (mode|user|enable)", "\t- \\1"),
    ("colon-missing-at-function", STATES, rf"(?m)^(  (?:{MODULES})\.[a-z_]+):$", r"\1"),
    ("colon-missing-at-id", STATES, r"(?m)^([a-z][\w-]+):$", r"\1"),
    ("colon-missing-at-argument", STATES, rf"(?m)^(    - (?:{ARGUMENTS})): (?=\S)", r"\1 "),
    ("space-missing-after-colon", STATES, rf"(?m)^(    - (?:{ARGUMENTS})): (?=\S)", r"\1:"),
    ("space-missing-after-dash", STATES, r"(?m)^    - (name|user|mode)", r"    -\1"),
    ("dash-missing", STATES, r"(?m)^    - (mode|user|enable|makedirs)", r"    \1"),
    ("indent-more", STATES, r"(?m)^    - (mode|user|enable|makedirs)", r"      - \1"),
    ("quote-unbalanced", STATES, r"(?m)'(\d{4})'$", r"'\1"),
    ("colon-in-value", STATES, r"(?m)^    - name: (apt-get.*)$", r"    - name: run: \1"),
    ("percent-value", STATES, r"(?m)^    - user: root$", r"    - user: %root"),
    ("brace-unbalanced", JINJA, r"\{\{ ([\w.]+) \}\}", r"{{ \1 }"),
    ("end-dropped", JINJA, r"(?m)^\{% endfor %\}\n", r""),
    ("end-doubled", JINJA, r"(?m)^\{% endfor %\}\n", r"{% endfor %}\n{% endfor %}\n"),
    ("tag-misspelt", JINJA, r"\{%-? (for|macro|import|set|from) ", slipped(1)),
    ("assignment-in-condition", JINJA, r"(\{% if [^=%]*)== ", r"\1= "),
    ("filter-unknown", JINJA, r"\| (default)", slipped(1)),
    ("variable-misspelt", STATES, r"\{\{ (web|settings|tool|name|site|user|macros)\b", slipped(1)),
    ("imported-name-misspelt", STATES, r"import (web) with", slipped(1)),
    ("import-misspelt", STATES, r"(?:from|import) \"\w+/(\w+)\.jinja\"", slipped(1)),
    ("macro-call-misspelt", STATES, r"macros\.(logrotate)", slipped(1)),
    ("macro-argument-missing", STATES, r"logrotate\('shop', settings.path\)", r"logrotate('shop')"),
    ("macro-argument-unknown", STATES, r"logrotate\('shop', settings.path\)", r"logrotate('shop', settings.path, dayz=3)"),
    ("pillar-key-misspelt-behind-default", STATES, r"pillar\.get'\]\('(?:\w+:)?(\w+)'", slipped(1)),
    ("pillar-key-misspelt", STATES, r"settings\.(path|sites)", slipped(1)),
    ("pillar-key-renamed", PILLAR, r"(?m)^  (path|sites|packages):", slipped(1)),
    ("grain-misspelt", JINJA, r"grains\['(\w+)'\]", slipped(1)),
    ("grain-value-misspelt", STATES, r"== '(Debian)'", slipped(1)),
    ("salt-function-misspelt", JINJA, r"salt\['\w+\.(\w+)'\]", slipped(1)),
    ("jinja-in-comment", STATES, r"(?m)^(web-user|shop-user|admins):$", r"# {{ nope }}\n\1:"),
    ("call-in-comment", STATES, r"(?m)^(web-user|shop-user|admins):$", r"# {{ salt['cmd.run']('id') }}\n\1:"),
    ("none-printed", STATES, r"(?m)^    - user: (?:root|shop)$", r"    - user: {{ none }}"),
    ("set-in-loop", STATES, r"(?m)\A", "{% set found = false %}\n{% for x in [1, 2] %}{% set found = true %}{% endfor %}\n{% if found %}{% endif %}\n"),
    ("import-unused", STATES, r"(?m)\A(?!.*\{%-? (from|import))", '{% import_yaml "nothing.yaml" as nothing %}\n'.replace("nothing.yaml", "data.yaml")),
    ("macro-unused", STATES, r"(?m)\A", "{% macro never(x) %}\n{{ x }}: test.nop\n{% endmacro %}\n"),
    ("renderer-unknown", STATES, r"(?m)\A", "#!jinja|yml\n"),
    ("renderer-without-jinja", STATES, r"(?m)\A(?=[\s\S]*\{\{)", "#!yaml\n"),
    ("version-float", STATES, r"(?m)^    - name: nginx$", r"    - name: nginx\n    - sig: 22:22"),
    ("top-unknown-sls", TOP, r"(?m)^    - (common|web|shop|tools|base)$", slipped(1)),
    ("top-matcher-misspelt", TOP, r"match: (\w+)$".replace("$", r"(?m:$)"), slipped(1)),
    ("top-compound-bad", TOP, r"'(G@[^']*)'", r"'\1 and'"),
    ("top-grain-misspelt", TOP, r"'(os)(?:_family)?:", r"'osfamily:"),
    ("top-target-as-text", TOP, r"(?m)^    - (common|shop|base)$(?!\n    -)", r"    \1"),
    ("top-env-misspelt", TOP, r"(?m)^(base):$", slipped(1)),
    ("pillar-top-unknown-sls", PTOP, r"(?m)^    - (web|tools|shop|users)$", slipped(1)),
    ("pillar-top-matcher-misspelt", PTOP, r"match: (\w+)", slipped(1)),
    ("pillar-tab", PILLAR, r"(?m)^  (\w+):", "\t\\1:"),
    ("pillar-duplicate-key", PILLAR, r"(?m)^(web|tools|shop|users):$", r"\1:\n  extra: 1\n\1:"),
    ("pillar-undefined", PILLAR, r"(?m)^  (port|path): (.*)$", r"  \1: {{ nope }}"),
    ("pillar-renderer-unknown", PILLAR, r"(?m)\A", "#!jinja|yml\n"),
    ("pillar-as-list", PILLAR, r"(?m)^(web|tools|users):$", r"- \1:"),
    ("pillar-colon-missing", PILLAR, r"(?m)^(web|tools|shop|users):$", r"\1"),
    ("pillar-secret-plain", PILLAR, r"(?m)^(web|tools|shop):$", r"\1:\n  db_password: correcthorse7battery"),
]


def mistakes(files, at_most=12):
    """(kind, path, line, files) for each place of each kind, at most so many of a kind in one tree."""
    for kind, paths, pattern, replacement in KINDS:
        made = 0
        for path, text in sorted(files.items()):
            if not re.search(paths, path):
                continue
            for m in re.finditer(pattern, text):
                if made >= at_most:
                    break
                new = replacement(m) if callable(replacement) else m.expand(replacement)
                changed = text[: m.start()] + new + text[m.end() :]
                if changed == text:
                    continue
                made += 1
                yield kind, path, text.count("\n", 0, m.start()) + 1, {**files, path: changed}
