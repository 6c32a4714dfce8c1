//! What is reported, how badly, and for whom.

mod support;

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use support::{path, profile, tree, webshop};
use world::Stop;

/// The findings in `states/here.sls` under two profiles.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let profiles =
        [profile("web1", r#"{"id": "web1", "os": "Debian"}"#, None), profile("db1", r#"{"id": "db1"}"#, None)];
    let tree = tree(&format!("=== states/other.sls\nother: test.nop\n=== states/here.sls\n{text}\n"), &profiles);
    let found = ide::diagnostics(&tree.analysis, &path("states/here.sls"), &Stop::new()).expect("nobody stops it");
    let mut shown = String::new();
    for finding in found {
        let place = finding.place.as_ref().expect("a place");
        let profiles = finding.profiles.join(" ");
        let at = tree.place(&place.path, place.range);
        let at = at.strip_prefix("states/here.sls:").unwrap_or(&at).to_owned();
        let _ = writeln!(shown, "{at}: {} {} {profiles}", finding.severity.name(), finding.code);
    }
    expected.assert_eq(&shown);
}

#[test]
fn refusals_are_errors_where_they_are_certain() {
    check("a: test.nop", expect![[""]]);
    check(
        "a:\n  test.nop: []\na:\n  test.nop: []",
        expect![[r#"
        3:1 a: error duplicate-key 
    "#]],
    );
    check(
        "a: {{ nope }}",
        expect![[r#"
        1:7 nope: error jinja-undefined 
    "#]],
    );
    check(
        "a: {{ 1 + }}",
        expect![[r#"
        1:11 }}: error jinja-syntax 
    "#]],
    );
    check(
        "a:\n  test.nop:\n    - require: x",
        expect![[r#"
        3:16 x: error requisite-malformed 
    "#]],
    );
    check("include: [other]\na: test.nop", expect![[""]]);
}

#[test]
fn what_some_minions_refuse_is_a_warning_naming_them() {
    check(
        "a: {{ grains['os'] }}",
        expect![[r#"
        1:7 grains['os']: warning id-not-a-dictionary web1
        1:7 grains['os']: warning jinja-undefined db1
    "#]],
    );
    check(
        "{% if grains['id'] == 'db1' %}\na: [1]\n{% endif %}",
        expect![[r#"
        2:4 [1]: warning id-not-a-dictionary db1
    "#]],
    );
}

#[test]
fn comments_suppress() {
    check("a: {{ nope }} # saltflow: ignore[jinja-undefined]", expect![[""]]);
    check("# saltflow: ignore-file[jinja-undefined]\na: {{ nope }}", expect![[""]]);
}

#[test]
fn the_sample_repository_has_no_findings() {
    let tree = webshop(None);
    let files = ide::files_with_diagnostics(&tree.analysis, &Stop::new()).expect("nobody stops it");
    let mut shown = String::new();
    for file in files {
        for finding in ide::diagnostics(&tree.analysis, &file, &Stop::new()).expect("nobody stops it") {
            let _ = writeln!(shown, "{file}: {} {} {}", finding.severity.name(), finding.code, finding.message);
        }
    }
    expect![[""]].assert_eq(&shown);
}
