//! What was asked for and not done is status 2, and every command says how much it read and what it
//! compared: a pipeline that looked at nothing must not pass for one that found nothing.

use crate::place::Place;

/// A repository with develop and a feature branch that is behind it.
const FLOW: &str = "
    in origin
    init -q -b develop
    write states/top.sls base:\\n  '*': [web]\\n
    write states/web.sls web:\\n  pkg.installed: []\\n
    commit one
    checkout -q -b feature/x
    write states/mine.sls mine:\\n  pkg.installed: []\\n
    commit two
    checkout -q develop
    write states/new.sls new:\\n  pkg.installed: []\\n
    commit three
    checkout -q feature/x
";

struct Said {
    status: Option<i32>,
    out: String,
    err: String,
}

fn said(place: &Place, folder: &str, words: &[&str]) -> Said {
    let output = place.saltflow(folder, words);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { status: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn what_was_read_and_compared_is_always_told() {
    let place = Place::new();
    place.run(FLOW);
    let check = said(&place, "origin", &["check"]);
    assert_eq!(check.status, Some(0), "{}{}", check.out, check.err);
    assert!(check.out.contains("3 SLS read, compared with develop ("), "{}", check.out);
    let plain = said(&place, "origin", &["check", "--no-drift"]);
    assert!(plain.out.contains("3 SLS read, not compared ("), "{}", plain.out);
    for format in ["json", "sarif", "github", "codeclimate", "junit"] {
        let check = said(&place, "origin", &["check", "--format", format]);
        assert!(check.err.contains("3 SLS read, compared with develop"), "{format}: {}", check.err);
    }
    let document = place.json("origin", &["check"]);
    assert_eq!(document["summary"]["sls"], 3);
    assert_eq!(document["summary"]["compared_with"][0], "develop");
    let drift = said(&place, "origin", &["drift"]);
    assert!(drift.out.contains("3 SLS read, compared with develop"), "{}", drift.out);
}

#[test]
fn a_clone_that_is_cut_off_compares_nothing_and_says_so() {
    let place = Place::new();
    place.run(FLOW);
    let url = format!("file://{}", place.root.join("origin").display());
    let clone = |name: &str, branch: &str| {
        place.git("", &["clone", "-q", "--depth", "1", "--branch", branch, &url, name]);
    };
    clone("feature", "feature/x");
    clone("develop", "develop");
    for (folder, words, expected) in [
        ("feature", &["check"][..], "its history is cut off"),
        ("feature", &["drift"], "its history is cut off"),
        // the only commit there is, with itself
        ("develop", &["check"], "its only commit is the branch to compare with"),
        ("develop", &["check", "--base", "origin/develop"], "its only commit is the branch"),
        ("feature", &["check", "--base", "origin/develop"], "there is no branch, tag or commit 'origin/develop'"),
    ] {
        let check = said(&place, folder, words);
        assert_eq!(check.status, Some(2), "{folder} {words:?}: {}{}", check.out, check.err);
        assert!(check.err.contains(expected), "{folder} {words:?}: {}", check.err);
    }
    let whole = said(&place, "feature", &["check", "--no-drift"]);
    assert_eq!(whole.status, Some(0), "{}", whole.err);
    // the base branch is there, where they parted is not
    place.git("feature", &["fetch", "-q", "--depth", "1", "origin", "+develop:refs/remotes/origin/develop"]);
    let check = said(&place, "feature", &["check", "--base", "origin/develop"]);
    assert_eq!(check.status, Some(2), "{}{}", check.out, check.err);
    assert!(check.err.contains("before the branches parted") && check.err.contains("fetch-depth: 0"), "{}", check.err);
    place.git("feature", &["fetch", "-q", "--unshallow", "origin"]);
    assert_eq!(said(&place, "feature", &["check", "--base", "origin/develop"]).status, Some(0));
}

#[test]
fn a_checkout_without_branches_is_not_compared() {
    let place = Place::new();
    place.run(FLOW);
    let url = format!("file://{}", place.root.join("origin").display());
    place.run("in ci\ninit -q -b nothing");
    place.git("ci", &["fetch", "-q", &url, "feature/x"]);
    place.git("ci", &["checkout", "-q", "--detach", "FETCH_HEAD"]);
    let check = said(&place, "ci", &["check"]);
    assert_eq!(check.status, Some(2), "{}{}", check.out, check.err);
    assert!(check.err.contains("no branch is checked out"), "{}", check.err);
    assert!(check.out.contains("2 SLS read") || check.out.contains("3 SLS read"), "{}", check.out);
}

#[test]
fn wrong_folders_settings_and_profiles_are_no_success() {
    let place = Place::new();
    place.run(FLOW);
    place.run("in empty\nwrite README.md hello");
    let check = said(&place, "empty", &["check"]);
    assert_eq!(check.status, Some(2), "{}", check.out);
    assert!(check.err.contains("there is no SLS in"), "{}", check.err);
    place.run("in origin\nwrite docs/x.md y");
    let check = said(&place, "origin", &["check", "docs"]);
    assert_eq!((check.status, check.err.contains("there is no SLS in docs")), (Some(2), true), "{}", check.err);
    for (settings, expected) in [
        ("profiles: [nosuch.json]\\n", "the minion profile nosuch is not used"),
        ("baes: develop\\n", "there is no setting `baes`; did you mean base?"),
        ("severity: {duplicate-kye: hint}\\n", "did you mean duplicate-key?"),
        ("base: [\\n", "is no YAML and is ignored"),
        ("base: nosuch\\n", "there is no branch, tag or commit 'nosuch'"),
    ] {
        place.run(&format!("in origin\nwrite .saltflow.yaml {settings}"));
        let check = said(&place, "origin", &["check"]);
        assert_eq!(check.status, Some(2), "{settings}: {}{}", check.out, check.err);
        assert_eq!(check.err.matches(expected).count(), 1, "{settings}: told once: {}", check.err);
    }
}

#[test]
fn files_are_checked_as_a_hook_names_them_and_a_baseline_keeps_the_old_quiet() {
    let place = Place::new();
    place.run(FLOW);
    place.run(
        "in origin
        write states/bad.sls a: test.nop\\na: test.nop\\n
        write states/worse.sls b: test.nop\\nb: test.nop\\n",
    );
    let of = |words: &[&str]| {
        let words: Vec<&str> = ["check", "--no-drift"].iter().chain(words).copied().collect();
        let check = said(&place, "origin", &words);
        (check.status, check.out.contains("bad.sls"), check.out.contains("worse.sls"))
    };
    assert_eq!(of(&["states/bad.sls", "states/web.sls"]), (Some(1), true, false));
    assert_eq!(of(&["states/bad.sls", "states/worse.sls"]), (Some(1), true, true));
    assert_eq!(of(&["states/web.sls"]), (Some(0), false, false));
    let file = place.root.join("known.json").display().to_string();
    assert_eq!(of(&["--baseline", &file, "--update-baseline"]), (Some(0), false, false));
    assert_eq!(of(&["--baseline", &file]), (Some(0), false, false));
    place.run("in origin\nwrite states/worse.sls b: test.nop\\nb: test.nop\\nb: test.nop\\n");
    assert_eq!(of(&["--baseline", &file]), (Some(1), false, true));
}

#[test]
fn doctor_says_what_was_found_and_why() {
    let place = Place::new();
    place.run(FLOW);
    let well = said(&place, "origin", &["doctor"]);
    assert_eq!(well.status, Some(0), "{}", well.out);
    for expected in ["base: states", "feature/x → develop", "prefix 'feature/'", "3 read", "All is well."] {
        assert!(well.out.contains(expected), "{expected}: {}", well.out);
    }
    place.run("in origin\nwrite .saltflow.yaml baes: develop\\n");
    let ill = said(&place, "origin", &["doctor"]);
    assert_eq!(ill.status, Some(1), "{}", ill.out);
    assert!(ill.out.contains("To do:") && ill.out.contains("did you mean base?"), "{}", ill.out);
    assert!(place.json("origin", &["doctor"])["todo"][0].as_str().is_some_and(|todo| todo.contains("baes")));
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let place = Place::new();
    let man = place.root.join("man");
    let wrote = said(&place, "", &["man", &man.display().to_string()]);
    assert_eq!(wrote.status, Some(0), "{}", wrote.err);
    for page in ["saltflow.1", "saltflow-check.1", "saltflow-doctor.1"] {
        let text = std::fs::read_to_string(man.join(page)).unwrap();
        assert!(text.contains(".SH NAME"), "{page}");
    }
}
