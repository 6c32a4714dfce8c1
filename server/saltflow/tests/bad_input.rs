//! Bad input of every kind gets a clear message, and everything else keeps working.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests run the binary on folders they make")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A sound SLS beside whatever is bad: it must be found in every case.
const GOOD: &str = "good:\n  pkg.installed: []\n";

fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files
        .iter()
        .copied()
        .chain([("states/top.sls", b"base:\n  '*':\n    - good\n".as_slice()), ("states/good.sls", GOOD.as_bytes())])
    {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    folder
}

fn saltflow(folder: &Path, words: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_saltflow"))
        .args(["-C", folder.to_str().unwrap()])
        .args(words)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    output
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The codes that `check` finds in `bad`, and that `good` is still there.
fn codes(folder: &Path, bad: &str) -> Vec<(String, String)> {
    let check = json(&saltflow(folder, &["check", "--no-drift", "--format", "json"]));
    let index = json(&saltflow(folder, &["index", "--format", "json"]));
    let names = index["entities"].as_array().unwrap().iter();
    assert!(names.clone().any(|e| e["kind"] == "state-id" && e["name"] == "good"), "the good SLS is lost");
    let found = check["diagnostics"].as_array().unwrap().iter().filter(|d| d["path"] == bad);
    found.map(|d| (d["severity"].as_str().unwrap().to_owned(), d["code"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn bad_files_get_a_finding_and_spoil_nothing_else() {
    let deep = format!("a: {}1{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let cases: &[(&str, &[u8], &str, &str)] = &[
        ("jinja", b"{% if true %}\na: test.nop\n", "error", "jinja-syntax"),
        ("yaml", b"a:\n  test.nop:\n    - x: 1\n   - y\n", "error", "yaml-syntax"),
        ("twice", b"a: test.nop\na: test.nop\n", "error", "duplicate-key"),
        ("binary", b"\x00\xff\xfe\x01\x02", "error", "not-text"),
        ("gitcrypt", b"\x00GITCRYPT\x00abcdef", "information", "not-text"),
        ("conflict", b"<<<<<<< HEAD\na: test.nop\n=======\nb: test.nop\n>>>>>>> develop\n", "error", "conflict-marker"),
        ("renderer", b"#!nosuch\na: test.nop\n", "warning", "unknown-renderer"),
        ("deep", deep.as_bytes(), "information", "limit"),
        // Salt's sandbox refuses it, too
        ("range", b"{% for i in range(1000000000) %}{{ i }}{% endfor %}\n", "error", "jinja-runtime"),
        (
            "endless",
            b"{% for i in range(99999) %}{% for j in range(99999) %}{{ j }}{% endfor %}{% endfor %}\n",
            "information",
            "limit",
        ),
    ];
    for (name, content, severity, code) in cases {
        let path = format!("states/{name}.sls");
        let folder = tree(&[(&path, content)]);
        let found = codes(folder.path(), &path);
        assert!(
            found.iter().any(|(s, c)| s == severity && c == code),
            "{name}: expected {severity} {code}, found {found:?}"
        );
    }
}

#[test]
fn large_files_are_read_or_refused_quickly() {
    let large = "a:\n  test.nop:\n    - x: \"some text that is long enough to matter\"\n".len();
    let mut text = String::new();
    for n in 0..(5_000_000 / large) {
        text.push_str(&format!("id_{n}:\n  test.nop:\n    - x: \"some text that is long enough to matter\"\n"));
    }
    let folder = tree(&[("states/large.sls", text.as_bytes())]);
    let found = codes(folder.path(), "states/large.sls");
    assert!(found.iter().all(|(severity, code)| severity == "information" && code == "limit"), "{found:?}");
}

#[cfg(unix)]
#[test]
fn links_in_circles_and_out_of_the_root_are_not_followed() {
    let folder = tree(&[]);
    let states = folder.path().join("states");
    std::os::unix::fs::symlink("loop", states.join("loop")).unwrap();
    std::os::unix::fs::symlink("..", states.join("up")).unwrap();
    std::os::unix::fs::symlink("/etc", states.join("etc")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", states.join("secret.sls")).unwrap();
    assert_eq!(codes(folder.path(), "states/loop"), []);
    let index = saltflow(folder.path(), &["index"]);
    assert!(!String::from_utf8_lossy(&index.stdout).contains("root:"), "a link out of the root was followed");
}

#[test]
fn includes_in_circles_are_legal() {
    let folder =
        tree(&[("states/a.sls", b"include: [b]\na: test.nop\n"), ("states/b.sls", b"include: [a]\nb: test.nop\n")]);
    assert_eq!(codes(folder.path(), "states/a.sls"), []);
}

#[test]
fn commands_that_cannot_run_say_why_with_status_2() {
    let folder = tree(&[]);
    for (words, expected) in [
        (&["drift"][..], "is in no git repository"),
        (&["show", "nosuch"], "there is no SLS nosuch"),
        (&["show", "goood"], "did you mean good?"),
        (&["check", "--base", "develop"], "is in no git repository: there is nothing to compare with"),
        (&["check", "--baseline", "nosuch.json"], "cannot read the baseline"),
        (&["check", "--fial-on", "error"], "'--fail-on'"),
        (&["check", "nosuch.sls"], "cannot read"),
        (&["--state-root", "nosuch", "index"], "there is no folder nosuch"),
        (&["show", "good", "--minion", "nosuch.json"], "cannot use the minion profile"),
        (&["pillar", "--pillar-file", "nosuch"], "there is no pillar file"),
        (&["--config", "nosuch.yaml", "index"], "there are no settings"),
        (&["explain", "nosuch"], "there is no diagnostic code nosuch"),
        (&["explain", "duplicate-kye"], "did you mean duplicate-key?"),
        (&["frobnicate"], "unrecognized subcommand"),
    ] {
        let output = saltflow(folder.path(), words);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {stderr}");
        assert!(stderr.contains(expected), "{words:?}: {stderr}");
    }
    let gone = folder.path().join("nosuch");
    assert_eq!(saltflow(&gone, &["index"]).status.code(), Some(2));
}

fn git(folder: &Path, words: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn repositories_in_odd_states_are_told_and_checked() {
    let folder = tree(&[]);
    git(folder.path(), &["init", "-q", "-b", "feature/x"]);
    let says = |expected: &str| {
        let output = saltflow(folder.path(), &["check"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(text.contains(expected), "expected {expected}: {text}");
    };
    says("no commit yet");
    git(folder.path(), &["add", "-A"]);
    git(folder.path(), &["commit", "-q", "-m", "one"]);
    says("no branch to compare with");
    git(folder.path(), &["branch", "develop"]);
    says("compared with develop");
    git(folder.path(), &["checkout", "-q", "--detach"]);
    says("detached");
    std::fs::write(folder.path().join(".git/MERGE_HEAD"), "0000000000000000000000000000000000000000\n").unwrap();
    says("drift is paused");
}

#[test]
fn broken_settings_are_told_and_the_rest_counts() {
    let folder = tree(&[
        (".saltflow.yaml", b"profiles: 3\ncolour: red\nseverity: {duplicate-key: hint}\n"),
        ("states/twice.sls", b"a: test.nop\na: test.nop\n"),
    ]);
    let output = saltflow(folder.path(), &["check", "--no-drift"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("`profiles` is ignored") && stderr.contains("no setting `colour`"), "{stderr}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("hint[duplicate-key]"), "{output:?}");
    // a pipeline must not take an ignored setting for a sound one
    assert_eq!(output.status.code(), Some(2));
}
