//! The architecture's invariants, held over `cargo metadata` and the sources: which crate may use
//! which, what has one dependant only, how long files are and that each says what it is for.

#![allow(clippy::disallowed_methods, reason = "it reads the sources themselves")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Which of our crates each of our crates may use; ARCHITECTURE.md says why.
const MAY_USE: &[(&str, &[&str])] = &[
    ("codes", &[]),
    ("text", &[]),
    ("syntax", &["text"]),
    ("world", &["text"]),
    ("merge", &["world"]),
    ("history", &["merge", "world", "text"]),
    ("library", &["text"]),
    ("python", &["syntax", "world", "text"]),
    ("builtins", &["python", "syntax"]),
    ("render", &["codes", "builtins", "python", "library", "syntax", "world", "text"]),
    ("model", &["render", "python", "library", "syntax", "world", "text"]),
    ("lint", &["codes", "model", "render", "library", "syntax", "world", "text"]),
    ("compare", &["model", "render", "python", "merge", "world", "text"]),
    ("plan", &["model", "render", "world", "text"]),
    (
        "ide",
        &[
            "codes", "lint", "compare", "merge", "model", "render", "python", "builtins", "library", "syntax", "world",
            "text",
        ],
    ),
    (
        "saltflow",
        &[
            "codes", "ide", "compare", "plan", "merge", "model", "render", "library", "history", "syntax", "world",
            "text",
        ],
    ),
];

/// What has exactly one dependant, and which.
const ONE_DEPENDANT: [(&[&str], &str); 4] = [
    (&["git2"], "history"),
    (&["tokio"], "saltflow"),
    // The LSP types come with the transport; nobody takes them from elsewhere.
    (&["tower-lsp-server", "tower-lsp", "lsp-server", "lsp-types", "ls-types"], "saltflow"),
    (&["tree-sitter-python"], "library"),
];

/// Tables, by path: they may be longer than 600 lines.
const TABLES: [&str; 1] = ["server/syntax/tests/yaml_corpus/mod.rs"];

const MAX_LINES: usize = 600;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Metadata {
    let manifest = workspace().join("Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().other_options(["--offline".into()]).exec().unwrap()
}

/// Packages below `folder` (`server`, `tests`) by name.
fn packages<'a>(metadata: &'a Metadata, folder: &str) -> BTreeMap<&'a str, &'a Package> {
    let root = metadata.workspace_root.join(folder);
    let inside = metadata.packages.iter().filter(|package| package.manifest_path.starts_with(&root));
    inside.map(|package| (package.name.as_str(), package)).collect()
}

fn dependencies(package: &Package, kinds: &[DependencyKind]) -> BTreeSet<String> {
    let wanted = package.dependencies.iter().filter(|dependency| kinds.contains(&dependency.kind));
    wanted.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn arrows_go_strictly_downward() {
    use DependencyKind::{Build, Development, Normal};
    let metadata = metadata();
    let (server, dev) = (packages(&metadata, "server"), packages(&metadata, "tests"));
    let ours: BTreeSet<String> = server.keys().chain(dev.keys()).map(|&name| name.to_owned()).collect();
    assert_eq!(
        server.keys().copied().collect::<BTreeSet<_>>(),
        MAY_USE.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>()
    );
    for (name, may_use) in MAY_USE.iter().copied() {
        let may_use: BTreeSet<String> = may_use.iter().map(|&name| name.to_owned()).collect();
        let uses: BTreeSet<_> = &dependencies(server[name], &[Normal, Build]) & &ours;
        assert!(uses.is_subset(&may_use), "{name} may use {may_use:?}, but uses {uses:?}");
        let tests_use: BTreeSet<_> = &dependencies(server[name], &[Development]) & &ours;
        let mut may_use = may_use;
        may_use.extend(dev.keys().map(|&name| name.to_owned()));
        assert!(tests_use.is_subset(&may_use), "{name}'s tests may use {may_use:?}, but use {tests_use:?}");
    }
    // The table itself has no circle: each row uses only rows above it.
    for (at, (name, may_use)) in MAY_USE.iter().enumerate() {
        let above: BTreeSet<_> = MAY_USE[..at].iter().map(|(name, _)| *name).collect();
        assert!(may_use.iter().all(|used| above.contains(used)), "{name}");
    }
    let fixture = &dependencies(dev["fixture"], &[Normal, Build]) & &ours;
    assert_eq!(fixture, BTreeSet::from(["text".to_owned()]), "others' unit tests use fixture");
}

#[test]
fn git_tokio_and_lsp_have_one_dependant_each() {
    let metadata = metadata();
    for (libraries, expected) in ONE_DEPENDANT {
        let uses = |package: &&Package| package.dependencies.iter().any(|d| libraries.contains(&d.name.as_str()));
        let dependants: Vec<_> = metadata.packages.iter().filter(uses).map(|package| package.name.as_str()).collect();
        assert_eq!(dependants, [expected], "who uses {libraries:?}");
    }
}

/// Hand-written sources as (path from the workspace's root, text).
fn sources() -> Vec<(String, String)> {
    let root = workspace();
    let mut found = Vec::new();
    let walk = ignore::WalkBuilder::new(&root).build();
    for entry in walk.map(Result::unwrap) {
        let path = entry.path().strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let exempt = ["node_modules", "target", "generated", "fixtures", "snapshots", "venv"];
        let is_source = [".rs", ".ts", ".lua", ".py", ".js"].iter().any(|ending| path.ends_with(ending));
        if !is_source || !entry.path().is_file() || path.split('/').any(|part| exempt.contains(&part)) {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        if !text.lines().take(5).any(|line| line.contains("@generated")) {
            found.push((path, text));
        }
    }
    assert!(found.iter().any(|(path, _)| path == "server/saltflow/tests/layering.rs"), "the sources are found");
    found
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    let long = |(path, text): &(String, String)| {
        let lines = text.lines().count();
        (lines > MAX_LINES && !TABLES.contains(&path.as_str())).then(|| format!("{path}: {lines}"))
    };
    assert_eq!(sources().iter().filter_map(long).collect::<Vec<_>>(), [""; 0], "split them");
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = |(path, text): &&(String, String)| path.ends_with(".rs") && !text.starts_with("//! ");
    let sources = sources();
    let silent: Vec<_> = sources.iter().filter(silent).map(|(path, _)| path.as_str()).collect();
    assert_eq!(silent, [""; 0], "the first line is `//! ` and what the module is for");
}

#[test]
fn only_saltflow_and_history_touch_files_and_only_saltflow_is_async() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some((name, rest)) = path.strip_prefix("server/").and_then(|path| path.split_once('/')) else { continue };
        if !rest.starts_with("src/") || name == "saltflow" {
            continue;
        }
        // clippy refuses file access wherever nothing allows it; test modules may run the oracle.
        if name != "history"
            && !rest.contains("/tests/")
            && (text.contains("clippy::disallowed_methods") || text.contains("clippy::disallowed_types"))
        {
            wrong.push(format!("{path} allows itself file access"));
        }
        let is_async = |line: &str| line.contains("async fn ") || line.contains(".await");
        if text.lines().any(|line| !line.trim_start().starts_with("//") && is_async(line)) {
            wrong.push(format!("{path} is async"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// Sources that may open a file: the one guarded way, and `/proc`'s own.
const OPENERS: [&str; 2] = ["server/history/src/guarded.rs", "server/saltflow/src/lsp/parent.rs"];

#[test]
fn files_are_opened_in_the_one_guarded_way() {
    let openers = ["fs::read(", "fs::read_to_string(", "File::open(", "OpenOptions", "fs::copy("];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let product = path.starts_with("server/") && path.contains("/src/") && !path.ends_with("tests.rs");
        if !product || path.contains("/tests/") || OPENERS.contains(&path.as_str()) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (n, line) in code.lines().enumerate() {
            if !line.trim_start().starts_with("//") && openers.iter().any(|opener| line.contains(opener)) {
                wrong.push(format!("{path}:{}: {}", n + 1, line.trim()));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "use history::read_inside, read_named or read_given");
}
