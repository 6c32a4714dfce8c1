//! Salt's own sources as installed, read by `library::module`, against the bundled table; and the
//! names of its Jinja environment against ours. Needs `SALTFLOW_ORACLE_PYTHON` (a Python with Salt).
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "a test runs the oracle and reads its files")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use library::{Function, Library, Module, ModuleKind};

/// What the oracle prints for `script`; `None` (and a line saying so) without an oracle.
fn oracle(script: &str) -> Option<String> {
    let Ok(python) = std::env::var("SALTFLOW_ORACLE_PYTHON") else {
        println!("skipped: SALTFLOW_ORACLE_PYTHON is not set");
        return None;
    };
    let output = Command::new(python).args(["-c", script]).output().expect("the oracle starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The Python files of a folder, and `__init__.py` of its packages.
fn sources(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && path.join("__init__.py").exists() {
            out.push((stem, path.join("__init__.py")));
        } else if path.extension().is_some_and(|e| e == "py") && stem != "__init__" {
            out.push((stem, path));
        }
    }
    out.sort();
    out
}

/// Everything that is to agree. Several files of one name are united in the table, so there only the
/// functions' names.
fn facts(functions: &[Function], single: bool) -> Vec<String> {
    functions.iter().map(|f| if single { f.signature() } else { f.name.to_string() }).collect()
}

#[test]
fn table_agrees_with_the_installed_sources() {
    let script =
        "import salt, salt.version, os; print(salt.version.__version__); print(os.path.dirname(salt.__file__))";
    let Some(printed) = oracle(script) else { return };
    let (version, folder) = printed.trim().split_once('\n').expect("two lines");
    if !library::VERSIONS.contains(&version) {
        println!("skipped: the table has no Salt {version}");
        return;
    }
    let library = Library::bundled(Some(version));
    for (kind, part) in [(ModuleKind::State, "states"), (ModuleKind::Execution, "modules")] {
        let mut found: BTreeMap<String, Vec<Module>> = BTreeMap::new();
        for (stem, path) in sources(&Path::new(folder).join(part)) {
            let source = std::fs::read_to_string(path).expect("UTF-8");
            let module = library::module(&stem, &source, kind);
            if module.functions.is_empty() && module.complete {
                continue;
            }
            for name in &module.names {
                found.entry(name.to_string()).or_default().push(module.clone());
            }
        }
        let names = if kind == ModuleKind::State { library.state_modules() } else { library.execution_modules() };
        assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), names);
        for (name, modules) in &found {
            let known =
                if kind == ModuleKind::State { library.state_module(name) } else { library.execution_module(name) };
            let known = known.expect("listed");
            assert_eq!(known.files.len(), modules.len(), "files of {part}.{name}");
            let mut read: Vec<Function> = modules.iter().flat_map(|m| m.functions.clone()).collect();
            read.sort_by(|a, b| a.name.cmp(&b.name));
            read.dedup_by(|a, b| a.name == b.name);
            let single = modules.len() == 1;
            if single || known.functions.len() != read.len() {
                assert_eq!(facts(&read, single), facts(&known.functions, single), "{part}.{name}");
            }
        }
    }
}

#[test]
fn jinja_names_are_those_of_salt() {
    let script = "
import salt.loader, salt.config, salt.utils.jinja, salt.utils.templates, jinja2, logging
import salt.utils.data, salt.utils.dateutils, salt.utils.dictupdate, salt.utils.files, salt.utils.hashutils
import salt.utils.http, salt.utils.network, salt.utils.path, salt.utils.stringutils, salt.utils.user, salt.utils.yamlencoding
from salt.utils.decorators.jinja import JinjaFilter, JinjaTest, JinjaGlobal
env = jinja2.Environment(extensions=['jinja2.ext.do', 'jinja2.ext.loopcontrols', salt.utils.jinja.SerializerExtension])
tests = set(env.tests) | set(JinjaTest.salt_jinja_tests) | {'list'}
print(' '.join(sorted(set(env.filters) | set(JinjaFilter.salt_jinja_filters))))
print(' '.join(sorted(t for t in tests if t.isidentifier())))
";
    let Some(printed) = oracle(script) else { return };
    let mut lines = printed.lines();
    for (ours, what) in [(library::filters(), "filters"), (library::tests(), "tests")] {
        let theirs: BTreeSet<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let ours: BTreeSet<&str> = ours.iter().map(|c| c.name).collect();
        let missing: Vec<_> = theirs.difference(&ours).collect();
        let invented: Vec<_> = ours.difference(&theirs).collect();
        assert!(missing.is_empty() && invented.is_empty(), "{what}: missing {missing:?}, invented {invented:?}");
    }
}
