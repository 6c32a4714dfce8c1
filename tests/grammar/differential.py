#!/usr/bin/env python3
"""Holds the tree-sitter grammar against jinja2 with Salt's tags: what Jinja accepts has no ERROR node.

    differential.py FOLDER...     every .sls, .jinja, .j2 below the folders
    differential.py               the repository's own examples and conformance corpus

Needs tree-sitter's command line tool (tests/editors/helix/install) and a Python that has Salt
(SALTFLOW_ORACLE_PYTHON, else tests/.cache/venv). Prints each difference; status 1 if there is one.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
GRAMMAR = TOP / "grammars/tree-sitter-sls"
TOOL = TOP / "tests/.cache/helix/bin/tree-sitter"
ENDINGS = (".sls", ".jinja", ".j2")

# Runs in the oracle's Python: reads paths, prints those that Jinja's parser accepts.
ORACLE = r"""
import re, sys
import jinja2
from salt.utils.jinja import SerializerExtension
env = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", SerializerExtension])
for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        text = open(path, encoding="utf-8").read()
    except (OSError, UnicodeDecodeError):
        continue
    first = text.split("\n", 1)[0].strip()
    # a shebang without Jinja: the tags are text
    if first.startswith("#!") and not first.startswith("#!/") and "jinja" not in first:
        print(path)
        continue
    try:
        env.parse(text)
    except jinja2.TemplateSyntaxError:
        continue
    except RecursionError:
        continue
    print(path)
"""


def files(folders):
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix in ENDINGS and path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000:
                yield str(path)


def main():
    folders = sys.argv[1:] or [TOP / "examples", TOP / "tests/conformance/corpus", TOP / "server"]
    paths = list(files(folders))
    python = os.environ.get("SALTFLOW_ORACLE_PYTHON") or str(TOP / "tests/.cache/venv/bin/python")
    accepted = subprocess.run([python, "-c", ORACLE], input="\n".join(paths), text=True, capture_output=True, check=True)
    accepted = set(accepted.stdout.splitlines())
    with tempfile.TemporaryDirectory() as home:
        listing = pathlib.Path(home, "paths")
        listing.write_text("\n".join(sorted(accepted)) + "\n")
        parsed = subprocess.run([TOOL, "parse", "-q", "--paths", listing], cwd=GRAMMAR, text=True, capture_output=True,
                                env={**os.environ, "HOME": home})
    bad = [line for line in parsed.stdout.splitlines() if re.search(r"\((ERROR|MISSING)", line)]
    for line in bad:
        print(re.sub(r"\s+", " ", line))
    print(f"{len(paths)} files, {len(accepted)} accepted by Jinja, {len(bad)} of them with an error node")
    return 1 if bad or not accepted else 0


if __name__ == "__main__":
    sys.exit(main())
