//! Nothing is written into a repository, whatever is asked.

use std::collections::BTreeMap;
use std::path::Path;

use crate::place::Place;

/// All files under `.git` with their bytes, and how many objects there are.
fn written(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(root).unwrap().display().to_string();
                files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    files
}

const DRIFTED: &str = r"
    in .
    init -q -b develop
    write top.sls base:\n  '*':\n    - web\n    - app\n
    write web.sls web:\n  pkg.installed: []\n\n\n\nmore:\n  test.nop: []\n
    write app.sls app:\n  pkg.installed: []\n
    write gone.sls gone:\n  test.nop: []\n
    commit start
    checkout -q -b feature/x
    write app.sls app:\n  pkg.installed:\n    - require:\n      - pkg: web\n
    commit needs web
    checkout -q -b other develop
    write more.sls more.sls:\n  test.nop: []\n
    commit criss
    checkout -q develop
    write web.sls other:\n  pkg.installed: []\n\n\n\nmore:\n  test.nop: []\n
    commit no web
    merge -q --no-ff -m cross other
    checkout -q feature/x
    ";

#[test]
fn the_command_line_writes_no_object_no_index_and_no_ref() {
    let place = Place::new();
    place.run(DRIFTED);
    // a dirty tree: changed, added, removed, staged
    place.run(
        r"
        in .
        write web.sls web:\n  pkg.installed: []\n\n\n\nmore:\n  cmd.run: []\n
        write new.sls new:\n  test.nop: []\n
        remove gone.sls
        write staged.sls staged:\n  test.nop: []\n
        add staged.sls
        ",
    );
    let objects = place.git(".", &["count-objects", "-v"]);
    let before = written(&place.root);
    for words in [
        &["drift"][..],
        &["drift", "--format", "json"],
        &["drift", "--base", "other"],
        &["check"],
        &["check", "--merged"],
        &["check", "--merged", "--format", "sarif"],
        &["check", "--base", "develop~1"],
        &["show", "--all"],
        &["index"],
    ] {
        let output = place.saltflow(".", words);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?}: {output:?}");
        let now = written(&place.root);
        let differ: Vec<_> =
            before.keys().chain(now.keys()).filter(|name| before.get(*name) != now.get(*name)).collect();
        assert!(differ.is_empty(), "{words:?} wrote {differ:?}");
    }
    assert_eq!(place.git(".", &["count-objects", "-v"]), objects);
    let found = place.drift(".", &[]);
    assert!(found.contains("requisite-target-removed-upstream"), "{found}");
}

#[test]
fn a_repository_that_may_not_be_written_is_read() {
    let place = Place::new();
    place.run(DRIFTED);
    let read_only = |mode: &str| {
        let status = std::process::Command::new("chmod").args(["-R", mode, ".git"]).current_dir(&place.root).status();
        assert!(status.unwrap().success());
    };
    read_only("a-w");
    let found = place.drift(".", &[]);
    read_only("u+w");
    assert!(found.contains("requisite-target-removed-upstream"), "{found}");
}
