//! Sources as Salt modules are written, and what Salt shows of them.

use expect_test::{Expect, expect};

use super::module;
use crate::types::{Module, ModuleKind};

/// `names [!]: signature; …`; `!` marks a module that is not complete.
fn summary(module: &Module) -> String {
    let signatures: Vec<String> = module.functions.iter().map(crate::Function::signature).collect();
    let mark = if module.complete { "" } else { " !" };
    format!("{}{mark}: {}", module.names.join(","), signatures.join("; "))
}

fn check(source: &str, expected: &str) {
    assert_eq!(summary(&module("shop", source, ModuleKind::State)), expected, "{source}");
}

fn check_snapshot(module: &Module, expected: &Expect) {
    let mut out = format!("{:?} complete={}\n{}\n", module.names, module.complete, module.doc);
    for function in &module.functions {
        out += &format!("\n{} at {:?}\n{}\n", function.signature(), function.range.unwrap_or_default(), function.doc);
    }
    expected.assert_eq(&out);
}

#[test]
fn names_of_the_module() {
    check("", "shop: ");
    check("__virtualname__ = 'pkg'\ndef __virtual__():\n    return 'other'\n", "pkg: ");
    check("def __virtual__():\n    return 'raid' if x else False\n", "shop: ");
    check("def __virtual__():\n    if x:\n        return 'pip'\n    return False\n", "pip: ");
    check("def __virtual__():\n    if x:\n        return 'pip'\n    return True\n", "pip,shop: ");
    check("def __virtual__():\n    return (False, 'not here')\n", "shop: ");
    check("NAME = 'acl'\ndef __virtual__():\n    def f():\n        return 'no'\n    return NAME\n", "acl: ");
    check("if x:\n    __virtualname__ = 'a'\nelse:\n    __virtualname__ = 'b'\n", "a,b: ");
    check("__virtual_aliases__ = ('napalm_x', 'y',)\n", "shop,napalm_x,y: ");
}

#[test]
fn functions_that_salt_shows() {
    check("def b(name): pass\ndef a(): pass\ndef _c(): pass\n", "shop: a(); b(name)");
    check("def mod_watch(name): pass\ndef mod_init(low): pass\nclass A:\n    def b(self): pass\n", "shop: ");
    check("try:\n    import x\n    def a(): pass\nexcept ImportError:\n    def b(): pass\n", "shop: a(); b()");
    check("if x:\n    def a(b): pass\nelif y:\n    def c(): pass\nelse:\n    def a(d): pass\n", "shop: a(d); c()");
    check("__func_alias__ = {'list_': 'list'}\n@decorated\ndef list_(a=1): pass\n", "shop: list(a=1)");
    check("__load__ = ['a']\ndef a(): pass\ndef b(): pass\n", "shop: a()");
    check("__all__ = ['b']\n__load__ = ('a',)\ndef a(): pass\ndef b(): pass\n", "shop: a()");
    check("def a(x): pass\nb = c = a\nd = 3\n", "shop: a(x); b(x); c(x)");
    check("def a(x): pass\nw = salt.utils.functools.alias_function(a, 'w')\n", "shop: a(x); w(x)");
    check("w = _namespaced_function(other, globals())\nv = copy.copy(table)\n", "shop: w(*args, **kwargs)");
    check("a = lambda x, y=2: x\nb = lambda: 1\nasync def c(): pass\n", "shop: a(x, y=2); b(); c()");
    check(
        "from salt.modules.file import join as j, access\nfrom a.b import c\n",
        "shop: access(*args, **kwargs); j(*args, **kwargs)",
    );
}

#[test]
fn parameters() {
    check("def a(x, /, y, *, z=None, **kw): pass", "shop: a(x, y, z=None, **kw)".replace("**kw", "**kwargs").as_str());
    check("def a(x: int, y: str = 'b', *args: int, **kw: str) -> None: pass", "shop: a(x, y='b', *args, **kwargs)");
    check("def a(x=(1), y=(1,\n   2), # why\n z={'a': [1]}): pass", "shop: a(x=1, y=(1, 2), z={'a': [1]})");
}

#[test]
fn what_is_not_complete() {
    check("from x import *\ndef a(): pass\n", "shop !: a()");
    check("def __getattr__(name): pass\n", "shop !: ");
    check("globals()['x'] = f\n", "shop !: ");
    check("del globals()['x']\n", "shop: ");
    check("__load__ = names()\ndef a(): pass\n", "shop !: a()");
    check("def a(x): pass\ndef b(:\n", "shop !: a(x); b()");
}

#[test]
fn kinds() {
    let source = "def mod_x(): pass\ndef render(data): pass\n";
    for (kind, expected) in [
        (ModuleKind::State, "shop: render(data)"),
        (ModuleKind::Execution, "shop: mod_x(); render(data)"),
        (ModuleKind::Renderer, "shop: mod_x(); render(data)"),
    ] {
        assert_eq!(summary(&module("shop", source, kind)), expected);
    }
}

#[test]
fn any_input_is_survived() {
    let nested = |open: &str, n: usize| open.repeat(n);
    let blocks: String = (0..200).map(|n| format!("{}if x:\n", " ".repeat(n))).collect();
    for source in [
        nested("(", 20_000),
        nested("[", 20_000),
        format!("x = {}", nested("-", 20_000)),
        format!("x = {}", nested("lambda: ", 5_000)),
        format!("{}1", nested("a = ", 20_000)),
        format!("__load__ = {}", nested("[", 3_000)),
        blocks,
        "def".to_owned(),
        "def é(ü='\\".to_owned(),
        "\"\"\"".to_owned(),
        "'".to_owned(),
        "__virtualname__ = '''a".to_owned(),
        "\0\u{feff}\r\r\n\t".to_owned(),
    ] {
        let read = module("shop", &source, ModuleKind::Execution);
        assert_eq!(read.files, ["shop"]);
    }
    let long = format!("def a(): pass\n{}", " ".repeat(3 << 20));
    assert_eq!(summary(&module("shop", &long, ModuleKind::State)), "shop !: ");
}

#[test]
fn sample_of_the_workspace() {
    let source = include_str!("../../../../examples/webshop/states/_states/webshop_release.py");
    let read = module("webshop_release", source, ModuleKind::State);
    check_snapshot(
        &read,
        &expect![[r#"
        ["webshop_release"] complete=true
        Deploys a release of the webshop.

        absent(name) at 529..535
        Make sure that no release is deployed.

        deployed(name, version, user="webshop", source=None, keep=3) at 46..54
        Make sure that a release is unpacked and current.

        name
            The link that points to the current release
        version
            The release to deploy
        user
            Owner of the files
        source
            Where the archive comes from; the shop's own server if not given
        keep
            How many old releases stay
    "#]],
    );
    let deployed = read.function("deployed").and_then(|f| f.range).unwrap_or_default();
    assert_eq!(deployed.slice(source), "deployed");
}
