"""Writes data/catalogue.txt: names, functions, parameters and defaults of Salt's own modules.

    python3 generate.py VERSION=FOLDER... > ../data/catalogue.txt

FOLDER is the unpacked source distribution of that version (it holds `salt/`), or a
`site-packages` that holds it; oldest version first. Only facts are written, no prose.

The rules are those of src/python/ (Salt's are in `salt/loader/lazy.py`, `_load_module` and
`_process_virtual`); a test of the crate reads installed sources by src/python/ and compares.

Format, one record a line, fields separated by tabs:

    V versions, oldest first; masks below are decimal, bit n for the n-th version
    S|E name  mask  pages[ !]   a state or execution module, its documentation pages
                                (`x/` is a page of a virtual module, without anchors);
                                `!`: functions are made at run time, the list is not complete
    name[*n][@mask]  param[@mask][=default] ...
                                a function of the module above; n: 1 *args, 2 **kwargs, 3 both,
                                or one such digit for each version;
                                a mask is written where it differs from that of the line above
                                (module) or the function; an empty default is optional with a
                                value that depends on the platform
"""

import ast
import pathlib
import sys

# Of several files with one virtual name, whose parameters come first.
PREFERRED = ("aptpkg", "systemd_service", "useradd", "groupadd", "linux_shadow", "linux_sysctl")
DYNAMIC = ("setattr(sys.modules", "globals().update(")
COPIERS = ("alias_function", "namespaced_function", "copy_function", "copy")


def words(text):
    return " ".join(text.split())


def strings(node, constants):
    """The strings of a constant, or of a list, tuple or set of them; None if not all are known."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Name) and node.id in constants:
        return [constants[node.id]]
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        out = []
        for item in node.elts:
            found = strings(item, constants)
            if found is None:
                return None
            out += found
        return out
    return None


class Source:
    """What one file gives to Salt."""

    def __init__(self, path, kind):
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.stem = path.parent.name if path.name == "__init__.py" else path.stem
        self.kind = kind
        self.table = {}
        self.constants = {}
        self.virtual_names = []
        self.aliases = []
        self.func_alias = {}
        self.load = None
        self.virtual = None
        self.complete = not any(word in self.text for word in DYNAMIC)
        if self.text.count("globals()[") > self.text.count("del globals()["):
            self.complete = False
        self.lines = [line.encode() for line in self.text.replace("\r\n", "\n").split("\n")]
        self.block(ast.parse(self.text).body)

    def block(self, body):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if node.name == "__virtual__":
                    self.virtual = node
                if node.name == "__getattr__":
                    self.complete = False
                self.table[node.name] = self.signature(node.args)
            elif isinstance(node, ast.If):
                self.block(node.body)
                self.block(node.orelse)
            elif isinstance(node, ast.Try):
                self.block(node.body)
                for handler in node.handlers:
                    self.block(handler.body)
                self.block(node.orelse)
                self.block(node.finalbody)
            elif isinstance(node, ast.With):
                self.block(node.body)
            elif isinstance(node, ast.ImportFrom):
                self.imported(node)
            elif isinstance(node, ast.Assign):
                for target in reversed(node.targets):
                    self.assigned(target, node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self.assigned(node.target, node.value)

    def imported(self, node):
        parts = (node.module or "").split(".")
        for name in node.names:
            if name.name == "*":
                self.complete = False
            elif len(parts) > 2 and parts[-2] in ("modules", "states"):
                self.table[name.asname or name.name] = OPAQUE

    def assigned(self, target, value):
        if not isinstance(target, ast.Name):
            return
        name = target.id
        found = strings(value, self.constants)
        if name == "__virtualname__":
            self.virtual_names += found or []
        elif name == "__virtual_aliases__":
            self.aliases += found or []
        elif name in ("__load__", "__all__"):
            if found is None:
                self.complete = False
            elif name == "__load__" or self.load is None:
                self.load = found
        elif name == "__func_alias__" and isinstance(value, ast.Dict):
            for key, item in zip(value.keys, value.values):
                if isinstance(key, ast.Constant) and isinstance(item, ast.Constant):
                    self.func_alias[key.value] = item.value
        else:
            self.copied(name, value)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            self.constants[name] = value.value

    def copied(self, name, value):
        if isinstance(value, ast.Name) and value.id in self.table:
            self.table[name] = self.table[value.id]
        elif isinstance(value, ast.Lambda):
            self.table[name] = self.signature(value.args)
        elif isinstance(value, ast.Call):
            callee = value.func
            last = callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")
            if last == "partial":
                self.table[name] = OPAQUE
            elif last.lstrip("_") in COPIERS:
                first = value.args[0] if value.args else None
                known = self.table.get(first.id) if isinstance(first, ast.Name) else None
                if known is None and last.lstrip("_") in COPIERS[:2]:
                    known = OPAQUE
                if known is not None:
                    self.table[name] = known

    def signature(self, args):
        positional = args.posonlyargs + args.args
        defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
        params = {}
        for arg, default in [*zip(positional, defaults), *zip(args.kwonlyargs, args.kw_defaults)]:
            text = None if default is None else self.segment(default)
            params[arg.arg] = text
        return (params, (1 if args.vararg else 0) | (2 if args.kwarg else 0), False)

    def segment(self, node):
        """The node's text on one line (ast.get_source_segment splits the whole source each time)."""
        lines = self.lines[node.lineno - 1 : node.end_lineno]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return words(b" ".join(lines).decode())

    def names(self):
        names = list(self.virtual_names)
        if not names:
            plain = True
            if self.virtual is not None:
                returned, plain = self.returns()
                names += returned
            if plain or not names:
                names.append(self.stem)
        names += self.aliases
        return list(dict.fromkeys(names))

    def returns(self):
        found, plain = [], False
        todo = list(self.virtual.body)
        while todo:
            node = todo.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                continue
            if isinstance(node, ast.Return) and node.value is not None:
                if isinstance(node.value, ast.Constant) and node.value.value is True:
                    plain = True
                elif not isinstance(node.value, (ast.Tuple, ast.List, ast.Set)):
                    found += strings(node.value, self.constants) or []
            todo += ast.iter_child_nodes(node)
        return sorted(set(found)), plain

    def functions(self):
        out = {}
        for attr, function in self.table.items():
            if attr.startswith("_") or (self.load is not None and attr not in self.load):
                continue
            name = self.func_alias.get(attr, attr)
            if self.kind == "S" and name.startswith("mod_"):
                continue
            out.setdefault(name, function)
        return out


OPAQUE = ({}, 3, True)
VERSIONS = 0


def united(one, other):
    """Both platforms' parameters; what only one has or requires is optional."""
    if other[2]:
        return one
    if one[2]:
        return other
    params = {}
    for name, default in one[0].items():
        optional = name not in other[0] or other[0][name] is not None
        params[name] = "" if default is None and optional else default
    for name, default in other[0].items():
        if name not in params:
            params[name] = "" if default is None else default
    return (params, one[1] | other[1], False)


def read(folder, kind):
    """virtual name -> (functions, pages, complete) for one version."""
    modules = {}
    paths = sorted([*folder.glob("*.py"), *folder.glob("*/__init__.py")])
    sources = [Source(p, kind) for p in paths if p != folder / "__init__.py"]
    sources.sort(key=lambda s: (s.stem not in PREFERRED, s.stem))
    for source in sources:
        functions = source.functions()
        if not functions and source.complete:
            continue
        for name in source.names():
            known, pages, complete = modules.setdefault(name, ({}, [], [True]))
            pages.append(source.stem)
            complete[0] = complete[0] and source.complete
            for function, found in functions.items():
                known[function] = united(known[function], found) if function in known else found
    return modules


def page_names(doc, kind, name, stems):
    page = doc / f"salt.{'states' if kind == 'S' else 'modules'}.{name}.rst"
    if name in stems:
        return [name, *[s for s in stems if s != name]]
    return [f"{name}/", *stems] if page.exists() else stems


def main():
    global VERSIONS
    versions = [(v, pathlib.Path(p)) for v, p in (arg.split("=", 1) for arg in sys.argv[1:])]
    VERSIONS = len(versions)
    print("V " + " ".join(v for v, _ in versions))
    for kind, part in (("S", "states"), ("E", "modules")):
        found = [read(folder / "salt" / part, kind) for _, folder in versions]
        doc = versions[0][1] / "doc" / "ref" / part / "all"
        for name in sorted(set().union(*found)):
            mask = sum(1 << n for n, version in enumerate(found) if name in version)
            newest = next(v[name] for v in reversed(found) if name in v)
            mark = "" if all(v[name][2][0] for v in found if name in v) else "\t!"
            pages = page_names(doc, kind, name, newest[1])
            print(f"{kind} {name}\t{mask}\t{','.join(pages)}{mark}")
            for function in sorted(set().union(*(v[name][0] for v in found if name in v))):
                variants = [(n, v[name][0][function]) for n, v in enumerate(found)
                            if name in v and function in v[name][0]]
                print(record(function, variants, mask))


def record(name, variants, module_mask):
    mask = sum(1 << n for n, _ in variants)
    params = {}
    flags = dict.fromkeys(range(VERSIONS), 0) | {n: flags for n, (_, flags, _) in variants}
    stars = "".join(str(flag) for flag in flags.values())
    if len({flags[n] for n, _ in variants}) == 1:
        stars = str(variants[0][1][1] or "")
    for n, (own, _, _) in reversed(variants):
        for param, default in own.items():
            params.setdefault(param, [default, 0])[1] |= 1 << n
    fields = [name + (f"*{stars}" if stars else "") + (f"@{mask}" if mask != module_mask else "")]
    for param, (default, own) in params.items():
        text = param + (f"@{own}" if own != mask else "")
        fields.append(text if default is None else f"{text}={default}")
    return "\t".join(fields)


if __name__ == "__main__":
    main()
