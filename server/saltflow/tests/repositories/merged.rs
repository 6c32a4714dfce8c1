//! `check --merged`: what the merge would add, and nothing else.

use crate::place::Place;

/// Two changes that git merges in one file; Salt refuses what comes out.
const BOTH: &str = r"
    in .
    init -q -b develop
    write top.sls base:\n  '*':\n    - web\n    - own\n
    write web.sls web:\n  pkg.installed:\n    - name: a\n    - refresh: true\n    - version: 1\n    - skip_verify: true\n    - fromrepo: b\n
    write own.sls own:\n  pkg.installed: [\n
    commit start
    checkout -q -b feature/x
    write web.sls web:\n  pkg.installed:\n    - name: a\n    - refresh: true\n    - version: 1\n    - skip_verify: true\n    - fromrepo: b\n  file.managed:\n    - name: /a\n
    commit a file
    checkout -q develop
    write web.sls web:\n  file.absent:\n    - name: /b\n  pkg.installed:\n    - name: a\n    - refresh: true\n    - version: 1\n    - skip_verify: true\n    - fromrepo: b\n
    commit another file
    checkout -q feature/x
    ";

fn told(place: &Place, words: &[&str]) -> Vec<String> {
    let words: Vec<&str> = ["check", "--merged"].into_iter().chain(words.iter().copied()).collect();
    let document = place.json(".", &words);
    let of = |found: &serde_json::Value| {
        let line = found["range"][0].as_u64().map_or_else(|| "?".to_owned(), |line| (line + 1).to_string());
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}:{line}", text("severity"), text("code"), text("path"))
    };
    document["diagnostics"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn what_only_the_merged_files_have() {
    let place = Place::new();
    place.run(BOTH);
    let before = place.saltflow(".", &["check", "--no-drift"]);
    assert!(!String::from_utf8_lossy(&before.stdout).contains("web.sls"), "{before:?}");
    // of the two functions the merge has, ours is at its line; what was broken before is not repeated
    let found = told(&place, &[]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.contains(&"hint drift/both-changed-same-state web.sls:1".to_owned()), "{found:?}");
    assert!(found.iter().any(|one| one.starts_with("error ") && one.contains(" web.sls:")), "{found:?}");
    let human = place.saltflow(".", &["check", "--merged"]);
    assert_eq!(human.status.code(), Some(1));
    let human = String::from_utf8_lossy(&human.stdout).into_owned();
    assert!(human.contains("after merging develop: "), "{human}");
    let sarif = place.saltflow(".", &["check", "--merged", "--format", "sarif"]);
    let sarif: serde_json::Value = serde_json::from_slice(&sarif.stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
    for format in ["github", "codeclimate", "junit"] {
        let shown = place.saltflow(".", &["check", "--merged", "--format", format]);
        assert!(String::from_utf8_lossy(&shown.stdout).contains("after merging develop"), "{format}");
    }
    assert_eq!(told(&place, &["own.sls"]), [""; 0]);
    // merged, it is nobody's preview any more
    place.run("in .\nmerge -q -m merged develop\n");
    assert_eq!(told(&place, &[]), [""; 0]);
}

#[test]
fn drift_speaks_once_and_conflicting_files_not_at_all() {
    let place = Place::new();
    place.run(
        r"
        in .
        init -q -b develop
        write top.sls base:\n  '*':\n    - web\n    - app\n    - both\n
        write web.sls web:\n  pkg.installed: []\n
        write app.sls app:\n  pkg.installed: []\n
        write both.sls both:\n  pkg.installed: []\n
        commit start
        checkout -q -b feature/x
        write app.sls app:\n  pkg.installed:\n    - require:\n      - pkg: web\n
        write both.sls both:\n  pkg.latest: []\n
        commit needs web
        checkout -q develop
        write web.sls other:\n  test.nop: []\n
        write both.sls both:\n  pkg.removed: []\n
        commit no web
        checkout -q feature/x
        ",
    );
    assert_eq!(
        told(&place, &[]),
        [
            "error drift/requisite-target-removed-upstream app.sls:4",
            "information drift/textual-conflict both.sls:1",
            "warning drift/conflicting-change both.sls:2",
        ]
    );
    // a merge under way has nothing to preview
    place.run("in .\n!merge -q develop\n");
    assert_eq!(told(&place, &[]), [""; 0]);
    let output = place.saltflow(".", &["check", "--merged"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("a merge is in progress"), "{output:?}");
    let bare = Place::new();
    bare.run("in .\nwrite web.sls web: {test.nop: []}\\n\n");
    assert_eq!(bare.saltflow(".", &["check", "--merged"]).status.code(), Some(2));
}
