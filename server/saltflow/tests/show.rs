//! `saltflow show` with nothing known: which IDs an SLS may have, and which are certain.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests run the binary on folders they make")]

use std::process::Command;

use serde_json::Value;

/// The IDs of `sls`, with `?` behind those that are not certain.
fn ids(sls: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.sls"), sls).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_saltflow"))
        .arg("-C")
        .arg(folder.path())
        .args(["--state-root", ".", "show", "a", "--format", "json"])
        .output()
        .unwrap();
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let ids = shown["sls"]["a"]["ids"].as_array().unwrap().iter();
    ids.map(|id| format!("{}{}", id["id"].as_str().unwrap(), if id["certain"] == true { "" } else { "?" })).collect()
}

#[test]
fn what_is_unknown_stays_possible() {
    for (sls, expected) in [
        ("x: test.nop\n", &["x"][..]),
        ("{{ grains.id }}: test.nop\n", &["*?"]),
        ("x_{{ grains.id }}_y: test.nop\n", &["x_*_y?"]),
        ("{% if grains.os == 'A' %}\nx: test.nop\n{% else %}\ny: test.nop\n{% endif %}\n", &["x?", "y?"]),
        ("{{ 'a' if grains.x else 'b' }}: test.nop\n", &["a?", "b?"]),
        // nothing, or something unknown
        ("'{% if grains.x %}{{ pillar.y }}{% endif %}.bat': test.nop\n", &["*.bat?"]),
        ("{% for u in pillar.users %}\nuser_{{ u }}: test.nop\n{% endfor %}\n", &["user_*?"]),
        ("{% set p = pillar.get('p', 'q') %}\n{{ p }}: test.nop\n", &["q?", "*?"]),
    ] {
        assert_eq!(ids(sls), expected, "{sls}");
    }
}

/// One SLS is shown as it is among all, and what it does not need is not read.
#[test]
fn one_sls_is_shown_as_among_all() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("top.sls", "base:\n  '*':\n    - a\n"),
        ("a.sls", "include:\n  - b.*\n  - c.{{ grains.os }}\n{% from 'map.jinja' import x %}\na_{{ x }}: test.nop\n"),
        ("b/one.sls", "include:\n  - .two\nb1: test.nop\n"),
        ("b/two.sls", "include:\n  - a\nextend:\n  b1:\n    test:\n      - name: other\n"),
        ("c/linux.sls", "c: {test.nop: [{require: [{sls: b.one}]}]}\n"),
        ("reactor/r.sls", "r: test.nop\n"),
        ("map.jinja", "{% set x = 1 %}"),
        ("broken.sls", "x: [\n"),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let show = |words: &[&str]| -> Value {
        let command = ["--state-root", ".", "show", "--format", "json"];
        let output = Command::new(env!("CARGO_BIN_EXE_saltflow"))
            .arg("-C")
            .arg(folder.path())
            .args(command)
            .args(words)
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    };
    for form in [&[][..], &["--merged"], &["--low"]] {
        let all = show(&[&["--all"], form].concat());
        for name in ["a", "b.one", "b.two", "c.linux", "reactor.r", "broken"] {
            let one = show(&[&[name], form].concat());
            assert_eq!(one["sls"][name], all["sls"][name], "{name} {form:?}");
        }
    }
}

#[test]
fn origins_say_where_each_id_was_written() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.sls"), "# first\nx: test.nop\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_saltflow"))
        .arg("-C")
        .arg(folder.path())
        .args(["--state-root", ".", "show", "a", "--origins"])
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.ends_with("# x  a.sls:2:1\n"), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_profile_may_come_through_a_pipe() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.sls"), "x_{{ grains.id }}: test.nop\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_saltflow"))
        .arg("-C")
        .arg(folder.path())
        .args(["--state-root", ".", "show", "a", "--minion", "/dev/stdin"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(br#"{"id": "m1", "grains": {"id": "m1"}}"#).unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("x_m1"), "{shown}");
}

#[test]
fn a_pillar_file_may_lie_outside() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("a.sls"), "x_{{ pillar.key }}: test.nop\n").unwrap();
    let file = outside.path().join("pillar.sls");
    std::fs::write(&file, "key: {{ 1 + 1 }}\n").unwrap();
    let shown = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_saltflow"))
            .arg("-C")
            .arg(folder.path())
            .arg("--pillar-file")
            .arg(&file)
            .args(arguments)
            .output()
            .unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    };
    for roots in [&["--state-root", "."][..], &[]] {
        let all = shown(&[roots, &["show", "--all", "--format", "json"]].concat());
        let sls = all["sls"].as_object().unwrap();
        assert_eq!(sls.keys().collect::<Vec<_>>(), ["a"], "the pillar file is no SLS");
        assert_eq!(sls["a"]["ids"][0]["id"], "x_2");
        let checked = shown(&[roots, &["check", "--format", "json"]].concat());
        assert_eq!(checked["diagnostics"], serde_json::json!([]));
    }
    assert_eq!(shown(&["pillar", "--format", "json"])["pillar"], serde_json::json!({"key": 2}));
    std::fs::write(&file, "key: [1\n").unwrap();
    let errors = &shown(&["pillar", "--format", "json"])["errors"];
    assert!(errors[0]["path"].as_str().unwrap().ends_with("pillar.sls"), "{errors}");
}
