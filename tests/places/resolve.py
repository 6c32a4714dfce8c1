"""Finds places of Salt trees and what they lead to by reading lines only: regular expressions and
indentation, no renderer, nothing that saltflow uses. It knows less than saltflow, so it says only what
a line says beyond doubt."""
import collections
import dataclasses
import os
import re

REQUISITES = {"require", "watch", "onchanges", "onfail", "prereq", "listen", "require_in", "watch_in", "onchanges_in",
              "listen_in", "onfail_in", "prereq_in"}
NAME = r"[A-Za-z_][A-Za-z0-9_]*"


@dataclasses.dataclass(frozen=True)
class Place:
    """A word of a file, and what it is."""
    kind: str
    path: str
    line: int
    column: int
    word: str
    # acceptable targets as (path, line); line None: anywhere in the file
    targets: frozenset = frozenset()
    # where the completed word begins, if that is not where `word` does
    whole: str = ""


def read_tree(folder):
    """Texts by path, of files that Salt may read."""
    texts = {}
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".git", "node_modules", "test", "tests", "docs")]
        for name in files:
            path = os.path.relpath(os.path.join(top, name), folder)
            if name.endswith((".sls", ".jinja", ".j2", ".yaml", ".yml", ".py", ".macros")) or "macro" in name:
                try:
                    text = open(os.path.join(top, name), encoding="utf-8", newline="").read()
                except (UnicodeDecodeError, OSError):
                    continue
                if len(text) < 200_000 and "\r" not in text:
                    texts[path] = text
    return texts


def in_jinja(line, column):
    """Whether a column of a line is inside of a tag that is on this line only."""
    before = line[:column]
    return before.rfind("{{") > before.rfind("}}") or before.rfind("{%") > before.rfind("%}")


class Tree:
    """A tree with what its lines define."""

    def __init__(self, texts):
        self.texts = texts
        self.lines = {path: text.split("\n") for path, text in texts.items()}
        self.ids = collections.defaultdict(set)
        self.pillar = collections.defaultdict(set)
        self.sls = {}
        for path, lines in self.lines.items():
            if path.endswith(".sls"):
                for n, line in enumerate(lines):
                    got = re.match(r"(['\"]?)([^\s'\"{}#:][^'\"{}#:]*)\1:", line)
                    if got:
                        self.ids[got[2]].add((path, n))
                    got = re.match(r"\s+- name: ['\"]?([^'\"{}#\s]+)['\"]?\s*$", line)
                    if got:
                        self.ids[got[1]].add((path, n))
        self.functions = {}
        for path, lines in self.lines.items():
            got = re.search(r"(?:^|/)_(modules|states)/(\w+)\.py$", path)
            if got:
                virtual = re.search(r"__virtualname__\s*=\s*['\"](\w+)['\"]", self.texts[path])
                for n, line in enumerate(lines):
                    name = re.match(r"def ([a-z]\w*)\(", line)
                    if name:
                        for module in {got[2], virtual[1] if virtual else got[2]}:
                            self.functions[got[1], f"{module}.{name[1]}"] = (path, n)

    def sls_files(self, path, name):
        """Files that the SLS name may mean, seen from a file: below any folder above it."""
        found = []
        if name.startswith("."):
            dots = len(name) - len(name.lstrip("."))
            folder = os.path.dirname(path)
            for _ in range(dots - 1):
                folder = os.path.dirname(folder)
            tried = [os.path.join(folder, name[dots:].replace(".", "/"))]
        else:
            tried, folder = [], os.path.dirname(path)
            while True:
                tried.append(os.path.join(folder, name.replace(".", "/")))
                if not folder:
                    break
                folder = os.path.dirname(folder)
        for one in tried:
            found += [file for file in (one + ".sls", one + "/init.sls") if file in self.texts]
        return found

    def template(self, path, name):
        """The file that a literal template name means, seen from a file."""
        folder = os.path.dirname(path)
        while True:
            tried = os.path.normpath(os.path.join(folder, name))
            if tried in self.texts:
                return tried
            if not folder:
                return None
            folder = os.path.dirname(folder)

    def places(self, path):
        """All places of a file that this module understands."""
        lines = self.lines[path]
        if path.endswith(".sls") and not lines[0].startswith("#!py"):
            yield from self.yaml_places(path, lines)
        if path.endswith((".sls", ".jinja", ".j2", ".macros")):
            yield from self.jinja_places(path, lines)

    def yaml_places(self, path, lines):
        stack = []
        for n, line in enumerate(lines):
            got = re.match(r"(\s*)((?:- )*)(.*)$", line)
            indent, dashes, body = len(got[1]), len(got[2]), got[3]
            if not body or body.startswith(("#", "{%", "{#")) or "{%" in body:
                continue
            column = indent + dashes
            while stack and (stack[-1][0] >= column or (stack[-1][0] >= indent and dashes)):
                stack.pop()
            above = [key for _, key in stack]
            key = re.match(r"(['\"]?)([\w./-]+)\1:(?:\s|$)(.*)", body)
            if above == ["include"] and dashes and re.fullmatch(r"\.*[\w-]+(?:\.[\w-]+)*", body):
                files = self.sls_files(path, body)
                if files:
                    yield Place("include", path, n, column, body, frozenset((file, None) for file in files))
            if len(above) == 1 and not dashes and key and re.fullmatch(r"[a-z_0-9]+\.[a-z_0-9]+", key[2]):
                target = self.functions.get(("states", key[2]))
                yield Place("state function", path, n, column, key[2], frozenset([target] if target else []))
            if len(above) == 2 and dashes and key and "." in above[1] and key[2] in REQUISITES:
                yield Place("requisite word", path, n, column, key[2])
            elif len(above) == 2 and dashes and key and re.fullmatch(r"[a-z_]+\.[a-z_]+", above[1]):
                yield Place("argument", path, n, column, key[2])
            if above and above[-1] in REQUISITES and dashes and key and key[3] and "{" not in key[3]:
                word = key[3].strip().strip("'\"")
                at = line.index(word, line.index(":")) if word and word in line else -1
                own = {(p, m) for p, m in self.ids.get(word, ()) if p == path}
                if at > 0 and "#" not in word and key[2] not in ("sls", "id") and own:
                    yield Place("requisite", path, n, at, word, frozenset(self.ids[word]))
            source = re.search(r"salt://([\w./-]+)", line)
            if source and "{" not in line:
                yield Place("salt file", path, n, source.start(1), source[1],
                            frozenset([("*" + source[1], None)]), whole="salt://" + source[1])
            if key and not key[3].strip():
                stack.append((column, key[2]))

    def jinja_places(self, path, lines):
        bound = collections.defaultdict(set)
        imported, data, files = {}, {}, {}
        in_comment = False
        for n, line in enumerate(lines):
            for got in re.finditer(rf"{{%-?\s*(?:set|load_yaml as|macro)\s+({NAME})\b", line):
                bound[got[1]].add((path, n))
            got = re.search(rf"{{%-?\s*from\s+['\"]([^'\"]+)['\"]\s+import\s+([\w ,]+)", line)
            if got:
                file = self.template(path, got[1])
                files[n] = (got.start(1), got[1], file)
                for part in re.sub(r"\b(with|without) context\b", "", got[2]).split(","):
                    words = part.split()
                    if file and words and (len(words) == 1 or words[1:2] == ["as"]):
                        imported[words[-1]] = (file, words[0])
            got = re.search(rf"{{%-?\s*import_(?:yaml|json)\s+['\"]([^'\"]+)['\"]\s+as\s+({NAME})", line)
            if got and (file := self.template(path, got[1])):
                files[n] = (got.start(1), got[1], file)
                data[got[2]] = file
        for n, line in enumerate(lines):
            in_comment = (in_comment or "{#" in line) and "#}" not in line[line.rfind("{#") + 1:]
            if in_comment or "{#" in line or line.lstrip().startswith("#"):
                continue
            if n in files and files[n][2]:
                column, word, file = files[n]
                yield Place("template", path, n, column, word, frozenset([(file, None)]))
            for got in re.finditer(r"salt\[['\"]([a-z_]+\.[a-z_]+)['\"]\]", line):
                target = self.functions.get(("modules", got[1]))
                yield Place("execution function", path, n, got.start(1), got[1], frozenset([target] if target else []))
            for got in re.finditer(r"salt\['pillar\.get'\]\(\s*['\"]([\w:-]+)['\"]", line):
                targets = self.pillar.get(got[1])
                yield Place("pillar path", path, n, got.start(1), got[1], frozenset(targets or []))
            for got in re.finditer(r"(?<!['\"\w.])grains(?:\.|\[['\"])([a-z_]+)", line):
                yield Place("grain", path, n, got.start(1), got[1])
            for got in re.finditer(r"\|\s*([a-z_]+)\b", line):
                if in_jinja(line, got.start(1)):
                    yield Place("filter", path, n, got.start(1), got[1])
            for got in re.finditer(r"{%-?\s*([a-z_]+)\b", line):
                yield Place("tag", path, n, got.start(1), got[1])
            for got in re.finditer(rf"(?<![\w.'\"\]|])({NAME})(?:\.({NAME}))?", line):
                if not in_jinja(line, got.start(1)) or re.search(r"['\"][^'\"]*$", line[:got.start(1)]):
                    continue
                name, member = got[1], got[2]
                if re.search(r"(set|macro|as|import|from|for|call)\s+$", line[:got.start(1)]):
                    continue
                if name in imported:
                    file, original = imported[name]
                    wanted = {(file, m) for m, other in enumerate(self.lines[file])
                              if re.search(rf"{{%-?\s*(?:set|macro|load_yaml as|import_yaml\s.*as)\s+{original}\b", other)}
                    if wanted:
                        yield Place("imported name", path, n, got.start(1), name, frozenset(wanted))
                elif len(bound.get(name, ())) == 1:
                    yield Place("variable", path, n, got.start(1), name, frozenset(bound[name]))
                holder = imported.get(name, (data.get(name), ""))[0] or (path if name in bound else None)
                if member and holder and not line[got.end():].startswith("("):
                    wanted = {(p, m) for p in self.near(holder, path) for m, other in enumerate(self.lines[p])
                              if re.search(rf"(?<![\w-])['\"]?{member}['\"]?\s*:", other)}
                    if wanted:
                        yield Place("member", path, n, got.start(2), member, frozenset(wanted))

    def near(self, holder, path):
        """Files that may hold a key of a value from `holder`: data beside it, and all of the pillar."""
        folder = os.path.dirname(holder)
        for other in self.texts:
            beside = other.startswith(folder + "/") if folder else "/" not in other
            if other in (holder, path) or beside or "pillar" in other:
                yield other


def read_pillar(tree, folders):
    """Key paths of pillar files, by indentation; of files without Jinja blocks."""
    for path, lines in tree.lines.items():
        if not path.endswith(".sls") or not any(path.startswith(folder) for folder in folders):
            continue
        stack = []
        for n, line in enumerate(lines):
            got = re.match(r"(\s*)([\w-]+):(?:\s|$)", line)
            if got:
                indent = len(got[1])
                while stack and stack[-1][0] >= indent:
                    stack.pop()
                stack.append((indent, got[2]))
                tree.pillar[":".join(key for _, key in stack)].add((path, n))
