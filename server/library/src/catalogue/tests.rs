//! Look-ups in the bundled table and with modules on top.

use super::{Library, Presence, VERSIONS, table::TABLE};
use crate::{Function, ModuleKind};

fn check(version: Option<&str>, function: &str, expected: Option<&str>) {
    let library = Library::bundled(version);
    let found = library.state_function(function).map(Function::signature);
    assert_eq!(found.as_deref(), expected, "{function} in {version:?}");
}

#[test]
fn state_functions_by_version() {
    let dead = "dead(name, enable=None, sig=None, init_delay=None, **kwargs)";
    for version in [None, Some("3006.9"), Some("3007"), Some("v3008.1"), Some("3010"), Some("2019.2.0"), Some("latest")]
    {
        check(version, "service.dead", Some(dead));
        check(version, "service.deed", None);
        check(version, "service", None);
        check(version, "nope.dead", None);
        check(version, "service.mod_watch", None);
    }
    check(Some("3006"), "test.nop", Some("nop(name, **kwargs)"));
    check(Some("3007.1"), "docker_volume.absent", Some("absent(name, driver=None)"));
    check(None, "docker_volume.absent", Some("absent(name, driver=None)"));
    check(Some("3008"), "docker_volume.absent", None);
}

#[test]
fn versions_are_those_of_the_table() {
    assert_eq!(TABLE.versions, VERSIONS.join(" "));
    for (version, states, executions) in [("3006", 340, 440), ("3007", 340, 440), ("3008", 120, 200)] {
        let library = Library::bundled(Some(version));
        assert!(library.state_modules().len() > states, "{version}: {}", library.state_modules().len());
        assert!(library.execution_modules().len() > executions, "{version}: {}", library.execution_modules().len());
    }
}

/// What the table says must parse back: no name with a separator in it, every module with functions,
/// sorted so that they are found.
#[test]
fn every_line_of_the_table_is_read() {
    let library = Library::bundled(None);
    let word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let modules = library.state_modules().into_iter().map(|name| library.state_module(name));
    let modules = modules.chain(library.execution_modules().into_iter().map(|name| library.execution_module(name)));
    let mut functions = 0;
    for module in modules {
        let module = module.expect("listed");
        assert!(!module.files.is_empty() && (!module.complete || !module.functions.is_empty()), "{:?}", module.names);
        for function in &module.functions {
            functions += 1;
            assert!(word(&function.name) && function.params.iter().all(|p| word(&p.name)), "{}", function.signature());
            assert_eq!(module.function(&function.name).map(|f| &f.name), Some(&function.name), "sorted");
        }
    }
    assert_eq!(
        functions,
        include_str!("../../data/catalogue.txt").lines().count() - 1 - TABLE.state.len() - TABLE.execution.len()
    );
}

#[test]
fn presence_tells_when_a_name_came_and_went() {
    let library = Library::bundled(Some("3008"));
    let at = |since, until| Some(Presence { since, until });
    for (kind, name, expected) in [
        (ModuleKind::State, "docker_container", at(None, Some("3007.17"))),
        (ModuleKind::State, "docker_container.running", at(None, Some("3007.17"))),
        (ModuleKind::State, "pkg.installed", at(None, None)),
        (ModuleKind::State, "ssh_pki", at(Some("3008.3"), None)),
        (ModuleKind::State, "pkg.instaled", None),
        (ModuleKind::State, "nope", None),
        (ModuleKind::Execution, "pillar.get", at(None, None)),
        (ModuleKind::Renderer, "yaml", None),
    ] {
        assert_eq!(library.presence(kind, name), expected, "{name}");
    }
}

#[test]
fn pages_of_the_documentation() {
    let base = "https://docs.saltproject.io/en/";
    let check = |version, name, expected: Option<&str>| {
        let expected = expected.map(|rest| format!("{base}{rest}"));
        assert_eq!(Library::bundled(version).doc_url(name), expected, "{name}");
    };
    check(None, "pkg.installed", Some("latest/ref/states/all/salt.states.pkg.html#salt.states.pkg.installed"));
    check(None, "pkg", Some("latest/ref/states/all/salt.states.pkg.html"));
    check(
        Some("3006.9"),
        "acl.present",
        Some("3006/ref/states/all/salt.states.linux_acl.html#salt.states.linux_acl.present"),
    );
    check(Some("3008"), "pkg", Some("latest/ref/states/all/salt.states.pkg.html"));
    check(None, "docker_volume", Some("3007/ref/states/all/salt.states.docker_volume.html"));
    check(None, "nope.there", None);
    let url = Library::bundled(None).execution_doc_url("service.restart");
    assert_eq!(url, Some(format!("{base}latest/ref/modules/all/salt.modules.service.html")));
}

#[test]
fn modules_of_the_workspace() {
    let bundled = Library::bundled(Some("3007"));
    let read = |name, source, kind| crate::module(name, source, kind);
    let library = bundled.with([
        read("webshop", "def deployed(name, version): pass\n", ModuleKind::State),
        read("service", "def kicked(name): pass\n", ModuleKind::State),
        read(
            "pkg_extra",
            "__virtualname__ = 'pkg'\ndef frozen(name): pass\ndef installed(name): pass\n",
            ModuleKind::State,
        ),
        read("dynamic", "from shop import *\n", ModuleKind::State),
        read("shoptools", "def price(item): pass\n", ModuleKind::Execution),
        read("shopyaml", "def render(data): pass\n", ModuleKind::Renderer),
    ]);
    for (name, expected) in [
        ("webshop.deployed", Some("deployed(name, version)")),
        ("service.kicked", Some("kicked(name)")),
        ("service.dead", None), // a file of the same name replaces Salt's
        ("pkg.frozen", Some("frozen(name)")),
        ("pkg.installed", Some("installed(name)")),
        ("pkg.removed", bundled.state_function("pkg.removed").map(Function::signature).as_deref()),
        ("shopyaml.render", None),
    ] {
        assert_eq!(library.state_function(name).map(Function::signature).as_deref(), expected, "{name}");
    }
    assert_eq!(library.execution_function("shoptools.price").map(Function::signature).as_deref(), Some("price(item)"));
    for (name, complete) in [("webshop", true), ("pkg", true), ("dynamic", false), ("nope", false), ("ansible", false)]
    {
        assert_eq!(library.is_complete(name), complete, "{name}");
    }
    assert!(library.state_modules().contains(&"webshop") && !bundled.state_modules().contains(&"webshop"));
    for (name, told) in
        [("service.kicked", false), ("service", false), ("pkg.frozen", false), ("pkg.removed", true), ("pkg", true)]
    {
        assert_eq!(library.doc_url(name).is_some(), told, "{name}");
    }
    assert_eq!(library.doc_url("webshop.deployed"), None);
}

#[test]
fn words_are_sorted_where_they_say_so() {
    let lists = [crate::filters(), crate::tests(), crate::globals(), crate::tags()];
    for list in lists {
        assert!(list.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
    assert!(crate::common_grains().windows(2).all(|pair| pair[0].name < pair[1].name));
}
