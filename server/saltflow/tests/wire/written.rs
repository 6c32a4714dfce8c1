//! The server writes nothing into a repository, with unsaved buffers and a dirty tree, too.

use std::collections::BTreeMap;
use std::path::Path;

use crate::client::{Client, Setup};
use crate::tree::Tree;

/// All files under `.git` with their bytes: objects, index, refs.
fn written(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.join(".git")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_dir() {
                folders.push(entry.path());
            } else {
                let bytes = std::fs::read(entry.path()).expect("a file");
                files.insert(entry.path().display().to_string(), bytes);
            }
        }
    }
    files
}

#[test]
fn drift_of_unsaved_buffers_is_found_without_writing() {
    const APP: &str = "app:\n  pkg.installed: []\n";
    let tree = Tree::git(&[
        ("web.sls", "web:\n  pkg.installed: []\n"),
        ("app.sls", APP),
        ("top.sls", "base: {'*': [web, app]}\n"),
    ]);
    tree.run(&["switch", "--quiet", "--create", "feature/x"]);
    tree.commit("nothing");
    tree.run(&["switch", "--quiet", "develop"]);
    tree.write("web.sls", "other:\n  pkg.latest: []\n");
    tree.commit("no web");
    tree.run(&["switch", "--quiet", "feature/x"]);
    tree.write("new.sls", "new:\n  pkg.installed: []\n");
    let app = tree.path("app.sls");
    let before = written(tree.root());
    let mut client = Client::start(Setup::on(tree.root()));
    client.open(&app, APP);
    client.until_pushed(&app, &[]);
    client.replace(&app, 2, "app:\n  pkg.installed:\n    - require:\n      - pkg: web\n");
    client.until_pushed(&app, &["drift/requisite-target-removed-upstream"]);
    client.finish();
    assert_eq!(written(tree.root()), before);
}
